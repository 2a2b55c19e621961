"""Captions of tables and figures: two sentences at most, and simulated data are called so."""

from __future__ import annotations

import re

import jinja2
import pytest

SIMULATED_ALONE = [
    "interactions",
    "manifold",
    "parsing",
    "raters",
    "power_curve",
    "reader_power",
    "region_values",
    "severity_strip",
    "shortcut_curve",
    "shortcut_use",
    "shortcut_values",
    "shuffled_values",
]
SIMULATED_ALONE += ["twin_sheet", "validity"]  # these exist for rendered cohorts alone
ANY_COHORT = [
    "affected_roc",
    "composites",
    "dwell",
    "gaze_bounds",
    "gaze_scores",
    "gaze_scores_figure",
    "gaze_sheet",
    "confusion",
    "gestalt_aggregation",
    "imbalance_accuracy",
    "imbalance_classes",
    "imbalance_differences",
    "imbalance_ratio",
    "imbalance_recovery",
    "imbalance_similarity",
    "imbalance_use",
    "gestalt_hidden",
    "gestalt_test_sets",
    "test_set_sheet",
    "test_sets",
    "critical_difference",
    "evaluation",
    "expert_agreement",
    "expert_classes",
    "gestalt_table1",
    "gestalt_table2",
    "objective_curves",
    "part_check",
    "part_sheet",
    "plausibility",
    "roar",
    "ranking",
    "reader_accuracy",
    "reader_agreement",
    "reader_attention",
    "reader_composites",
    "reader_likert",
    "reader_likert_table",
    "reader_measures",
    "reader_models",
    "reader_reliance",
    "reliability",
    "sanity_curves",
    "scores",
    "gestalt_specialised",
    "summary",
    "syndrome_halves",
    "syndrome_maps",
    "syndrome_regions",
    "syndrome_sheet",
    "syndrome_similarity",
]


class Anything:
    """Stands for every wildcard, parameter and key of the config."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __getattr__(self, name: str) -> Anything:
        return self

    def __getitem__(self, name: str) -> Anything:
        return self

    def __eq__(self, other: object) -> bool:
        return self.text == other

    __hash__ = None

    def __str__(self) -> str:
        return self.text


def caption(root, name: str, kind: str = "synthetic") -> str:
    template = (root / f"workflow/report/{name}.rst").read_text(encoding="utf-8")
    text = jinja2.Template(template, undefined=jinja2.StrictUndefined).render(snakemake=Anything(kind))
    return text.replace("et al.,", "and others,").strip()


def sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.?!])\s+", text) if part]


def names(root) -> list[str]:
    return sorted(path.stem for path in (root / "workflow/report").glob("*.rst"))


def test_sentences_are_counted():
    assert sentences("Mean 0.5 (sd). Is it? Yes.") == ["Mean 0.5 (sd).", "Is it?", "Yes."]


@pytest.mark.parametrize("kind", ["synthetic", "folder"])
def test_two_sentences_at_most(root, kind):
    assert len(names(root)) > 40
    assert {name: text for name in names(root) if len(sentences(text := caption(root, name, kind))) > 2} == {}


def test_simulated_faces_are_called_so(root):
    for name in SIMULATED_ALONE:
        assert "SIMULATED" in caption(root, name), name
    for name in ANY_COHORT:
        assert "SIMULATED" in caption(root, name), name
        assert "SIMULATED" not in caption(root, name, "folder"), name
