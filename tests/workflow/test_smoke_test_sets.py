"""Further test sets of the finished smoke study: a second source, a folder of photographs, and occluded copies."""

from __future__ import annotations

import pandas as pd
import pytest

SMOKE = "config/studies/smoke.yaml"
SETS = """
gestalt:
  resamples: 200
  permutations: 999
  test_sets:
    same: {kind: folder, images: results/smoke/cohort, table: same.csv}
    web: {kind: simulated, people_per_class: 1, photos: {jpeg: [20, 40]}, grey: 0.5}
    hands: {kind: occluded, of: web, occluder: hand}
    fringes: {kind: occluded, occluder: fringe}
"""
RULES = {"render_test_set", "read_test_set", "occlude_test_set", "test_set_faces", "answer_test_sets", "top_accuracy"}
RULES |= {"test_set_counts", "hidden_regions", "draw_test_sets", "draw_test_set_sheet", "test_sets"}
SHOW_THE_CONFIG = {"report_site", "time_stages", "draw_workflow", "all"}
STUDIES = (SMOKE, "sets.yaml")


@pytest.fixture(scope="module")
def finished(copy_smoke, workdir):
    """A copy of the finished smoke study, and its held-out photographs as a test set that lacks a photograph."""
    place = workdir("test_sets")
    copy_smoke(place.folder)
    (place.folder / "sets.yaml").write_text(SETS)
    samples = pd.read_csv(place.folder / "results/smoke/samples.csv")
    held = samples[samples["split"] == "heldout"].assign(simulated=True)
    held["image"] = held["image"].str.removeprefix("cohort/")
    lost = held.iloc[:1].assign(sample_id="lost", image="shard-1/lost.png")
    table = pd.concat([held, lost])[["sample_id", "image", "label", "subject_id", "kin_group", "simulated"]]
    table.to_csv(place.folder / "same.csv", index=False)
    return place


def test_they_are_planned_where_they_are_asked_for_alone(finished):
    assert set(finished.planned(studies=STUDIES)) <= SHOW_THE_CONFIG
    assert set(finished.planned("test_sets", studies=STUDIES)) - {"asset"} == RULES
    said = finished.snakemake("test_sets", "--dry-run", studies=(SMOKE,), check=False)
    assert said.returncode and "the study has no further test set" in said.stdout + said.stderr


def test_they_are_made(finished):
    finished.snakemake("test_sets", studies=STUDIES)
    tables = finished.folder / "results/smoke/tables"
    top = pd.read_csv(tables / "gestalt_table2.csv").set_index(["set", "k"])
    # the held-out photographs, detected, aligned and judged again, are judged as they were
    for k in (1, 5):
        assert top.loc[("same", k), "accuracy"] == top.loc[("heldout", k), "accuracy"]
        assert top.loc[("same", k), "images"] == top.loc[("heldout", k), "images"] == 20
    assert top.loc[("same", 1), "excluded"] == 1
    assert top.loc[("same", 1), "accuracy_of_all"] == pytest.approx(top.loc[("same", 1), "accuracy"] * 20 / 21)
    counts = pd.read_csv(tables / "gestalt_test_sets.csv").set_index("set")
    assert counts.loc["same", "reasons"] == "missing: 1" and counts.loc["web", "photographs"] == 5
    assert set(counts["missing"]) == {"Unaffected"}
    hidden = pd.read_csv(tables / "gestalt_hidden.csv").set_index(["set", "region"])
    assert set(hidden["by"]) == {"rendered truth"}
    assert hidden.loc[("hands", "mouth"), "hidden"] > 0.9 > 0.1 > hidden.loc[("hands", "eyes"), "hidden"]
    assert hidden.loc[("fringes", "forehead"), "hidden"] > 0.7 > 0.1 > hidden.loc[("fringes", "mouth"), "hidden"]
    for figure in ("test_sets.svg", "test_set_sheet.png"):
        assert (finished.folder / "results/smoke/figures" / figure).is_file()
    assert finished.planned("test_sets", studies=STUDIES) in ({}, {"test_sets": 1})
