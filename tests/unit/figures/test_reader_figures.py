"""Figures of a reader study: what they say, and that few readers or one arm do not stop them."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.figures.power_curve import draw_power
from gestalt_regions.figures.reader_accuracy import draw_accuracy
from gestalt_regions.figures.reader_likert import draw_likert
from gestalt_regions.figures.reader_reliance import draw_reliance

ARMS = ["ai_alone", "ai_with_explanations", "difference"]
KINDS = {
    **{measure: ["all", "ai_right", "ai_wrong"] for measure in ("accuracy_before", "accuracy_after")},
    "over_reliance": ["ai_wrong"],
    "under_reliance": ["ai_right"],
    "rair": ["ai_right"],
    "rsr": ["ai_wrong"],
}


def measures(simulated=True, missing_arm=False):
    """A table of measures, without intervals in one panel."""
    rows = []
    for measure, kinds in KINDS.items():
        for kind in kinds:
            for arm in ARMS:
                gone = missing_arm and arm != "ai_alone"
                value = np.nan if gone else 0.5
                few = gone or kind == "ai_wrong"
                row = {"measure": measure, "faces": kind, "arm": arm, "value": value, "simulated": simulated}
                row |= {"low": np.nan if few else 0.4, "high": np.nan if few else 0.7, "p": 0.5, "answers": 90}
                rows.append(row | {"readers": 0 if gone else 15, "shown_faces": 18, "drawn": "readers and faces"})
    return pd.DataFrame(rows)


def said(path):
    """The text of an SVG whose letters are paths: matplotlib keeps it in comments."""
    return re.findall(r"<!-- (.*?) -->", path.read_text())


@pytest.mark.parametrize("draw", [draw_accuracy, draw_reliance])
@pytest.mark.parametrize("missing_arm", [False, True])
def test_simulated_readers_are_called_so(tmp_path, draw, missing_arm):
    for simulated in (True, False):
        measures(simulated, missing_arm).to_csv(tmp_path / "measures.csv", index=False)
        draw(tmp_path / "measures.csv", tmp_path / "figure.svg")
        assert any("SIMULATED" in text for text in said(tmp_path / "figure.svg")) == simulated


def test_accuracy_has_a_panel_for_each_kind_of_face(tmp_path):
    measures().to_csv(tmp_path / "measures.csv", index=False)
    draw_accuracy(tmp_path / "measures.csv", tmp_path / "figure.svg")
    text = " ".join(said(tmp_path / "figure.svg"))
    assert all(part in text for part in ("All faces: 18", "AI is right: 18", "AI is wrong: 18", "AI alone: 15 readers"))


def test_likert_bars_have_their_numbers(tmp_path):
    rows = [
        {"method": method, "control": method == "Sobel", "question": "trust", "level": level, "answers": answers}
        | {"share": answers / 20, "mean": 2.5, "readers": 10, "simulated": True}
        for method, chosen in (("MorphMean", [0, 4, 4, 8, 4]), ("Sobel", [20, 0, 0, 0, 0]))
        for level, answers in enumerate(chosen, 1)
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "likert.csv", index=False)
    draw_likert(tmp_path / "likert.csv", tmp_path / "figure.svg")
    text = said(tmp_path / "figure.svg")
    assert {"Sobel (control)", "n=20, mean 2.5", "100", "40", "It makes me trust the answer of the AI more"} <= set(
        text
    )
    pd.DataFrame(rows).iloc[:0].to_csv(tmp_path / "likert.csv", index=False)
    draw_likert(tmp_path / "likert.csv", tmp_path / "empty.svg")
    assert not any("trust the answer" in each for each in said(tmp_path / "empty.svg"))


def test_power_names_the_effects_and_the_plan(tmp_path):
    rows = [
        {"factor": factor, "effect": 0.03 * factor, "readers": readers, "power": 0.05 + 0.1 * factor, "low": 0.04}
        | {"high": 0.5, "studies": 500, "alpha": 0.05, "planned": readers == 30, "simulated": True}
        for factor in (0.0, 1.0, 2.0)
        for readers in (16, 30, 60)
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "power.csv", index=False)
    draw_power(tmp_path / "power.csv", tmp_path / "figure.svg")
    text = set(said(tmp_path / "figure.svg"))
    assert {"no effect", "+3.0 points, as configured", "+6.0 points", "planned: 30"} <= text
