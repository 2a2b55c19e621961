"""Curves of the study of class imbalance: which sets are compared, means over runs, and paired differences."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.evaluation.imbalance import imbalance_curves as curves
from gestalt_regions.evaluation.imbalance.planned_sets import planned_sets
from gestalt_regions.statistics.toolkit.bootstrap import Weights

SECTION = {
    "classes": ["A", "B", "U"],
    "people": 8,
    "ratios": [2, 8],
    "rare": [["A", "U"], ["B"]],
    "numbers": [2, 3],
    "first": ["A", "B"],
}
SETS = planned_sets(SECTION, "U")
FACES = 24


def values(level: dict[str, float], spread: float = 0.1) -> pd.DataFrame:
    """A measure of 24 faces of each class under every set, about `level` (0 where it is not given)."""
    rng, parts = np.random.default_rng(1), []
    own = {label: spread * rng.standard_normal(FACES) for label in SECTION["classes"]}
    for name, one in SETS.items():
        for label in one.explained:
            names = [f"{label}-{k}" for k in range(FACES)]
            table = pd.DataFrame({"set": name, "fold": "1", "sample_id": names, "label": label, "subject_id": names})
            table["kin_group"] = names
            parts.append(table.assign(value=level.get(name, 0.0) + own[label]))
    return pd.concat(parts, ignore_index=True).assign(recognised=1.0, method="m", group="recovery", measure="auc")


@pytest.fixture
def mean_of():
    families = [f"{label}-{k}" for label in SECTION["classes"] for k in range(FACES)]
    return curves.Resampled(Weights(families, 500, np.random.default_rng(2)), "kin_group", 0.95)


def test_every_face_is_rare_once_and_common_once():
    listed = curves.points(SETS, SECTION)
    rare = next(p for p in listed if (p.number, p.faces, p.trained_on) == (8, "rare", "unequal classes"))
    common = next(p for p in listed if (p.number, p.faces, p.trained_on) == (8, "common", "unequal classes"))
    assert rare.sets == (("rare-1-8", ("A", "U")), ("rare-2-8", ("B",)))
    assert common.sets == (("rare-1-8", ("B",)), ("rare-2-8", ("A", "U")))
    few = next(p for p in listed if (p.number, p.faces, p.trained_on) == (8, "rare", "as few"))
    assert {name for name, _ in few.sets} == {"balanced-1"}
    two = next(p for p in listed if (p.varied, p.number, p.trained_on) == ("classes", 2, "fewer classes"))
    assert two.sets == (("classes-1-2", ("A",)), ("classes-2-2", ("B",)))
    assert {p.sets[0][0] for p in listed if p.varied == "classes" and p.number == 3} == {"whole"}


def test_a_planted_loss_is_found_with_its_sign_and_interval(mean_of):
    table = values(
        {"whole": 0.9, "rare-1-8": 0.6, "rare-2-8": 0.6, "balanced-1": 0.5, "balanced-3": 0.8, "balanced-6": 0.8}
    )
    listed = curves.points(SETS, SECTION)
    made = curves.curve_table(table, listed, mean_of).set_index(["varied", "number", "faces", "trained_on", "answers"])
    cell = made.loc[("ratio", 8, "rare", "unequal classes", "all")]
    assert cell["images"] == cell["families"] == 3 * FACES
    assert cell["low"] < cell["value"] < cell["high"] and cell["value"] == pytest.approx(0.6, abs=0.05)
    found = curves.difference_table(table, listed, mean_of)
    found = found[(found["varied"] == "ratio") & (found["number"] == 8) & (found["faces"] == "rare")]
    unequal = found[found["first"] == "unequal classes"].set_index("second")
    # each face's own level falls out: the difference is exact, and so is its interval
    assert unequal.loc["as few", "value"] == pytest.approx(0.1)
    assert unequal.loc["whole", ["low", "high"]].tolist() == pytest.approx([-0.3, -0.3])
    assert unequal.loc["same total", "value"] == pytest.approx(-0.2)


def test_faces_that_the_network_misses_are_left_out_where_it_says_so(mean_of):
    table = values({"whole": 0.9}, spread=0.0)
    missed = (table["set"] == "rare-1-8") & (table["label"] == "A")
    table.loc[missed, ["value", "recognised"]] = [0.2, 0.0]
    made = curves.curve_table(table, curves.points(SETS, SECTION), mean_of)
    made = made[(made["varied"] == "ratio") & (made["number"] == 8) & (made["faces"] == "rare")]
    made = made[made["trained_on"] == "unequal classes"].set_index("answers")
    assert made.loc["all", "images"] - made.loc["recognised", "images"] == FACES
    assert made.loc["all", "value"] > made.loc["recognised", "value"] == 0.0


def test_runs_of_the_whole_set_are_averaged(tmp_path):
    face = {"fold": 1, "sample_id": "A-1", "label": "A", "subject_id": "A-1", "kin_group": "F", "method": "m"}
    for run, value in enumerate((0.2, 0.4, 0.9), start=1):
        line = pd.DataFrame([face | {"recognised": run % 2, "group": "recovery", "measure": "auc", "value": value}])
        line.to_csv(tmp_path / f"{run}.csv", index=False)
    table = curves.read_values([str(tmp_path / f"{run}.csv") for run in (1, 2, 3)], ["whole", "whole", "rare-1-2"])
    assert table.set_index("set")["value"].to_dict() == pytest.approx({"whole": 0.3, "rare-1-2": 0.9})
    assert table.set_index("set").loc["whole", "recognised"] == 0.5


def test_division_by_shares_names_the_rare_class_that_was_merely_not_expected(tmp_path):
    samples = pd.DataFrame({"sample_id": list("abcd"), "subject_id": list("abcd"), "kin_group": list("abcd")})
    labels = ["A", "A", "B", "B"]
    p_of_a = [0.1, 0.02, 0.01, 0.2]  # of 17 photographs one is of A: it is named where p > 1/17
    table = pd.DataFrame({"sample_id": list("abcd"), "label": labels, "predicted": "B", "p_A": p_of_a})
    table.assign(p_B=1 - table["p_A"]).to_csv(tmp_path / "predictions.csv", index=False)
    learnt = [("A", "2")] + [("B", "2")] * 16 + [("A", "1")] * 40  # the judged fold does not count
    pd.DataFrame(learnt, columns=["label", "fold"]).to_csv(tmp_path / "photographs.csv", index=False)
    files = [[str(tmp_path / "predictions.csv")]], [[str(tmp_path / "photographs.csv")]]
    answers = curves.read_answers(*files, ["rare-1-16"], ["1"], samples).sort_values("sample_id")
    right = {measure: part["value"].tolist() for measure, part in answers.groupby("measure")}
    assert right == {curves.ACCURACY: [0, 0, 1, 1], curves.BY_SHARES: [1, 0, 1, 0]}
