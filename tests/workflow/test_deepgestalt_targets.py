"""The tables and figures of DeepGestalt on the finished smoke study: on demand, from what is there."""

from __future__ import annotations

import pandas as pd
import pytest

SMOKE = "config/studies/smoke.yaml"
FEW = (
    "gestalt: {resamples: 200, permutations: 999, binary: [{positive: NS, stated: [{name: Experts, accuracy: 0.7}]}]}\n"
)
TARGETS = ("gestalt_published", "gestalt_table1", "gestalt_table2", "confusion", "reliability", "affected_roc")
RULES = {"recompute_published", "binary_problems", "top_accuracy", "confusion_counts", "draw_confusion"}
RULES |= {"reliability_bins", "draw_reliability", "affected_scores", "draw_affected"}


@pytest.fixture(scope="module")
def finished(copy_smoke, workdir):
    """A copy of the finished smoke study, and a file with few resamples."""
    place = workdir("deepgestalt")
    copy_smoke(place.folder)
    (place.folder / "few.yaml").write_text(FEW)
    return place


def test_they_are_no_part_of_the_study(finished):
    assert finished.planned(studies=(SMOKE,)) == {}


def test_they_need_nothing_but_predictions(finished):
    assert set(finished.planned(*TARGETS, studies=(SMOKE, "few.yaml"))) == RULES | set(TARGETS)
    composites = set(finished.planned("composites", studies=(SMOKE,)))
    assert composites - {"landmarks", "asset"} == {"composites", "draw_composites"}


def test_they_are_made(finished):
    finished.snakemake(*TARGETS, studies=(SMOKE, "few.yaml"))
    results = finished.folder / "results/smoke"
    tests = pd.read_csv(results / "tables/gestalt_table1_tests.csv")
    assert set(tests["stated"]) == {"Experts"} and set(tests["set"]) == {"folds", "heldout"}
    top = pd.read_csv(results / "tables/gestalt_table2.csv")
    assert set(top["k"]) == {1, 5} and top["simulated"].all()
    accuracy = pd.read_csv(results / "resnet18_morph/tables/table2_accuracy.csv").set_index("quantity")["mean"]
    held = top[(top["set"] == "heldout") & (top["k"] == 1)]["accuracy"].iloc[0]
    assert held == pytest.approx(accuracy["top-1, held-out"])  # the same number as in the study's own table
    for name in ("confusion", "reliability", "affected_roc"):
        assert (results / f"resnet18_morph/figures/{name}.svg").is_file()
        assert (results / f"resnet18_morph/tables/{name}.tex").is_file()


LABELS = """
models:
  ks_or_not: {backbone: resnet18_morph, recipe: quick, labels: {positive: KS}}
  sexes: {backbone: resnet18_morph, recipe: quick, labels: {column: sex, within: [KS, NS, WS]}}
"""
LABEL_TARGETS = ("gestalt_table1", "gestalt_specialised", "confusion")


@pytest.mark.slow
def test_models_with_labels_of_their_own_are_in_these_tables_alone(finished):
    (finished.folder / "labels.yaml").write_text(LABELS)
    studies = (SMOKE, "few.yaml", "labels.yaml")
    without = finished.planned(studies=(SMOKE, "few.yaml"))  # the report shows what was made on demand before
    assert finished.planned(studies=studies) == without and "train" not in without
    said = finished.snakemake("gestalt_specialised", "-n", studies=(SMOKE,), check=False)
    assert "no model has labels of a column (config models.*.labels.column)" in said.stdout + said.stderr
    planned = finished.planned(*LABEL_TARGETS, studies=studies)
    assert planned["train"] == 4  # two folds each
    finished.snakemake(*LABEL_TARGETS, studies=studies)
    results = finished.folder / "results/smoke"
    samples = pd.read_csv(results / "samples.csv").set_index("sample_id")
    folds = pd.read_csv(results / "folds.csv").set_index("sample_id")["fold"].astype(str)
    for fold in "12":
        said = pd.read_csv(results / f"sexes/fold-{fold}/predictions.csv").set_index("sample_id")
        assert said["label"].equals(samples.loc[said.index, "sex"].rename("label"))
        assert set(samples.loc[said.index, "label"]) == {"KS", "NS", "WS"}
        assert set(folds[said.index[said["set"] == "folds"]]) == {fold}
        two = pd.read_csv(results / f"ks_or_not/fold-{fold}/predictions.csv")
        assert set(two["label"]) == {"KS", "not KS"} and two["p_KS"].add(two["p_not KS"]).round(5).eq(1).all()
    table = pd.read_csv(results / "tables/gestalt_table1.csv").set_index(["positive", "model"])
    assert set(table.loc[("KS", "ks_or_not"), "head"]) == {"two labels, trained"}
    assert set(table.loc[("KS", "resnet18_morph"), "head"]) == {"derived from 6 classes"}
    specialised = pd.read_csv(results / "tables/gestalt_specialised.csv")
    assert set(specialised["column"]) == {"sex"} and specialised["simulated"].all()
    assert (results / "sexes/figures/confusion.svg").is_file() and (results / "sexes/tables/confusion.csv").is_file()
