"""Warnings: one kind whatever its number, counts for each class, and the worst first."""

import pandas as pd
from gestalt_regions.faces.face_warnings import WARNINGS, kinds, warning_counts, worst_first
from gestalt_regions.faces.paper_boxes import PARTS

FACES = pd.DataFrame(
    {
        "sample_id": ["e", "d", "c", "b", "a"],
        "label": ["KS", "KS", "NS", "NS", "NS"],
        "warnings": ["glasses", "", "outside;largest_of_2", "turned_90", "largest_of_11;outside"],
    }
)


def test_numbers_are_left_out_and_the_worst_comes_first():
    assert kinds("largest_of_12;new_kind;turned_270;largest_of_2") == ["turned_n", "largest_of_n", "new_kind"]
    assert kinds("") == []
    assert {f"no_{part}" for part in PARTS} == {kind for kind in WARNINGS if kind.startswith("no_")}


def test_counts_of_each_class():
    table = warning_counts(FACES).set_index("warning")
    assert table.index.tolist() == ["turned_n", "outside", "largest_of_n", "glasses"]
    assert table["faces"].tolist() == [1, 2, 2, 1] and table["KS"].tolist() == [0, 0, 0, 1]
    assert (table["KS"] + table["NS"]).equals(table["faces"].rename(None)) and table["meaning"].all()
    assert warning_counts(FACES.assign(warnings="")).empty


def test_the_sheet_begins_with_the_worst_and_leaves_out_what_is_harmless():
    assert worst_first(FACES)["sample_id"].tolist() == ["b", "a", "c"]
    assert worst_first(FACES.iloc[:2]).empty
