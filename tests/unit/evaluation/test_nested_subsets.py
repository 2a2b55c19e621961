"""Training sets: smaller ones are parts of larger ones, of the right size, by families, and the same each time."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import write_table
from gestalt_regions.evaluation.imbalance.nested_subsets import members, people_in_order, write_subsets
from gestalt_regions.evaluation.imbalance.planned_sets import planned_sets, runs_of_set, sequence, share

CLASSES = ["A", "B", "C", "U"]
SECTION = {
    "classes": CLASSES,
    "people": 8,
    "ratios": [2, 8],
    "rare": [["A", "C"], ["B", "U"]],
    "numbers": [2, 3, 4],
    "first": ["B", "C"],
}


@pytest.fixture
def table() -> pd.DataFrame:
    """Four classes of 12 people with two photographs, three folds; in each, two are of one family."""
    rows = []
    for label in CLASSES:
        for k in range(12):
            family = k - 1 if k % 4 == 1 else k
            for image in (1, 2):
                person = f"{label}-{k:02d}"
                rows.append((f"{person}-{image}", label, person, f"F-{label}-{family:02d}", str(1 + k // 4)))
    rows.append(("held", "A", "A-held", "F-held", "heldout"))
    return pd.DataFrame(rows, columns=["sample_id", "label", "subject_id", "kin_group", "fold"])


def test_shares_are_rounded_and_never_nobody():
    assert [share(16, ratio) for ratio in (2, 4, 8, 16)] == [8, 4, 2, 1]
    assert share(12, 8) == 2 and share(3, 16) == 1


def test_sets_and_what_stands_beside_them():
    sets = planned_sets(SECTION, "U")
    assert next(iter(sets)) == "whole" and dict(sets["whole"].people) == dict.fromkeys(CLASSES, 8)
    assert dict(sets["rare-1-8"].people) == {"A": 1, "B": 8, "C": 1, "U": 8}
    assert dict(sets["rare-2-8"].people) == {"A": 8, "B": 1, "C": 8, "U": 1}
    for name in ("rare-1-2", "rare-1-8", "rare-2-8"):
        total = sets[sets[name].beside["same total"]]
        assert abs(sum(total.people.values()) - sum(sets[name].people.values())) <= len(CLASSES) / 2
        few = sets[sets[name].beside["as few"]]
        assert set(few.people.values()) == {min(sets[name].people.values())}
    assert list(sets["classes-1-3"].people) == ["B", "U", "C"] and sets["classes-1-3"].explained == ("B",)
    assert "classes-1-4" not in sets  # all classes are the whole set
    assert runs_of_set("whole", 3) == [1, 2, 3] and runs_of_set("rare-1-2", 3) == [1]


def test_the_order_of_classes_turns_around():
    assert sequence("C", "U", ["A", "B", "C", "U", "D"]) == ["C", "U", "D", "A", "B"]


def test_smaller_sets_are_parts_of_larger_ones(table):
    order = [dict.fromkeys(CLASSES, count) for count in (1, 2, 4, 8)]
    taken = [set(members(table, "2", wanted, 1)[0]["subject_id"]) for wanted in order]
    for smaller, larger, count in zip(taken[:-1], taken[1:], (1, 2, 4), strict=True):
        assert smaller < larger and len(smaller) == count * len(CLASSES)
    unequal = set(members(table, "2", {"A": 1, "B": 8, "C": 1, "U": 8}, 1)[0]["subject_id"])
    assert taken[0] < unequal < taken[-1]


def test_families_stay_together(table):
    people = people_in_order(table[table["fold"] != "heldout"], 1)
    for _, part in people.groupby("label"):
        families = part.sort_values("place")["kin_group"].tolist()
        assert len(dict.fromkeys(families)) == 1 + sum(a != b for a, b in pairwise(families))


def test_nobody_of_the_judged_fold_or_held_out_is_learnt_from(table):
    people, photographs = members(table, "2", dict.fromkeys(["A", "U"], 4), 1)
    learnt = photographs[photographs["fold"] != "2"]
    assert set(learnt["subject_id"]) == set(people["subject_id"]) and set(photographs["label"]) == {"A", "U"}
    assert "heldout" not in set(photographs["fold"])
    judged = table[(table["fold"] == "2") & table["label"].isin(["A", "U"])]
    assert set(photographs.loc[photographs["fold"] == "2", "sample_id"]) == set(judged["sample_id"])


def test_another_class_or_seed_changes_only_what_it_must(table):
    alone = members(table, "2", {"A": 4}, 1)[0]["subject_id"].tolist()
    among = members(table, "2", {"A": 4, "B": 2}, 1)[0]
    assert among.loc[among["label"] == "A", "subject_id"].tolist() == alone
    assert members(table, "2", {"A": 4}, 2)[0]["subject_id"].tolist() != alone


def test_too_few_people_are_named(table):
    with pytest.raises(InputError, match="class 'B' has 8 people in the training part of fold 1, and 9 are needed"):
        members(table, "1", {"A": 8, "B": 9}, 1)
    with pytest.raises(InputError, match="nobody of class 'Z'"):
        members(table, "1", {"Z": 1}, 1)


def test_the_tables_say_who_is_where(table, tmp_path):
    index = table[["sample_id"]].assign(row=range(len(table)))
    shown = table[table["fold"] != "heldout"].assign(row=0, set="folds")
    for name, each in (("index", index), ("folds", table), ("explained", shown)):
        write_table(each, str(tmp_path / f"{name}.csv"))
    inputs = {name: str(tmp_path / f"{name}.csv") for name in ("index", "folds", "explained")}
    outputs = {name: str(tmp_path / f"{name}.csv") for name in ("people", "sets")}
    sets = planned_sets(SECTION, "U")
    write_subsets(inputs, outputs, folder=str(tmp_path / "sets"), sets=sets, folds=["1", "2"], seed=1)
    counts = pd.read_csv(outputs["sets"]).set_index(["trained_on", "fold"])
    assert counts.loc[("whole", 1), ["classes", "people", "images"]].tolist() == [4, 32, 64]
    assert counts.loc[("rare-1-8", 2), ["people", "smallest_class", "largest_class"]].tolist() == [18, 1, 8]
    people = pd.read_csv(outputs["people"])
    assert people.groupby(["trained_on", "fold"]).size().to_dict() == counts["people"].to_dict()
    faces = pd.read_csv(tmp_path / "sets/classes-2-2/explained.csv")
    assert set(faces["label"]) == {"C"} and set(faces["fold"]) == {1, 2}
    write_table(shown[shown["label"] != "B"], inputs["explained"])
    with pytest.raises(InputError, match=r"no face of B in fold 1, 2 is explained; raise config saliency.folds_per"):
        write_subsets(inputs, outputs, folder=str(tmp_path / "sets"), sets=sets, folds=["1", "2"], seed=1)
