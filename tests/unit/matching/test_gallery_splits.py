"""Galleries and test sets: by subject, with every exclusion named and every leak refused."""

from __future__ import annotations

import pandas as pd
import pytest
from gestalt_regions.cohort import gallery_lists
from gestalt_regions.cohort.gallery_lists import COLUMNS
from gestalt_regions.core.errors import InputError
from gestalt_regions.matching import gallery_splits

SETTINGS = {"rare_below": 7, "repeats": 10, "control": False, "test_share": {"frequent": 0.2, "rare": 0.3}}
SUBJECTS = {"A": 20, "B": 10, "C": 4, "D": 2, "E": 1, "Unaffected": 9}


def cohort(subjects=SUBJECTS, images=2):
    rows = [
        (f"{label}{s}_{i}", f"{label}{s}", f"{label}{s}", label)
        for label, count in subjects.items()
        for s in range(count)
        for i in range(images)
    ]
    return pd.DataFrame(rows, columns=["sample_id", "subject_id", "kin_group", "label"])


def drawn(samples, **settings):
    return gallery_splits.drawn(samples, SETTINGS | settings, "Unaffected", seed=1)


def test_frequent_once_rare_in_ten_splits_and_no_subject_on_both_sides():
    table, excluded = drawn(cohort())
    gallery_lists.check(table, "samples.csv")
    frequent, rare = (table[table["group"] == group] for group in ("frequent", "rare"))
    assert set(frequent["label"]) == {"A", "B"} and set(frequent["repeat"]) == {""}
    assert set(rare["label"]) == {"C", "D"} and set(rare["repeat"]) == {str(k) for k in range(1, 11)}
    tested = frequent[frequent["role"] == "test"].groupby("label")["subject_id"].nunique()
    assert tested.to_dict() == {"A": 4, "B": 2}
    tested = rare[rare["role"] == "test"].groupby(["repeat", "label"])["subject_id"].nunique()
    assert set(tested) == {1} and len(tested) == 20
    assert rare[rare["role"] == "test"].groupby("label")["subject_id"].nunique().to_dict() == {"C": 4, "D": 2}
    for _, cell in table.groupby(["label", "repeat"]):
        sides = [set(part["subject_id"]) for _, part in cell.groupby("role")]
        assert len(sides) == 2 and not sides[0] & sides[1]
    reasons = excluded.groupby("label")["reason"].unique().map(list).to_dict()
    assert reasons == {
        "E": ["all 2 images of the disorder are of one subject"],
        "Unaffected": ["control class, no disorder (matching.control)"],
    }


def test_the_draw_depends_on_the_seed_and_on_nothing_else():
    samples = cohort()
    table = drawn(samples)[0]
    pd.testing.assert_frame_equal(table, drawn(samples.sample(frac=1, random_state=3))[0])
    assert not table.equals(gallery_splits.drawn(samples, SETTINGS, "Unaffected", seed=2)[0])
    without = drawn(samples[samples["label"] != "B"])[0]  # a disorder more or less moves no other
    pd.testing.assert_frame_equal(without, table[table["label"] != "B"].reset_index(drop=True))


def test_a_family_stays_together_and_a_disorder_of_one_family_or_image_is_left_out():
    samples = cohort({"A": 8, "C": 4, "D": 2, "E": 1}, images=1)
    samples.loc[samples["label"] == "D", "kin_group"] = "family"
    samples.loc[samples["subject_id"].isin(["C0", "C1", "C2"]), "kin_group"] = "C0"
    table, excluded = drawn(samples)
    assert excluded[["label", "reason"]].drop_duplicates().values.tolist() == [
        ["D", "all 2 images of the disorder are of one family"],
        ["E", "the only image of its disorder"],
    ]
    for _, cell in table[table["label"] == "C"].groupby("repeat"):
        role = cell.set_index("subject_id")["role"]
        assert role["C0"] == role["C1"] == role["C2"] != role["C3"]


def test_the_control_class_can_be_kept():
    assert "Unaffected" in set(drawn(cohort(), control=True)[0]["label"])


def listed(*rows):
    return pd.DataFrame(rows, columns=COLUMNS)


OK = [
    ("1", "s1", "A", "frequent", "gallery", ""),
    ("2", "s2", "A", "frequent", "test", ""),
    ("3", "s3", "C", "rare", "gallery", "1"),
    ("4", "s4", "C", "rare", "test", "1"),
    ("3", "s3", "C", "rare", "test", "2"),
    ("4", "s4", "C", "rare", "gallery", "2"),
]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("1", "s1", "A", "frequent", "gallery", ""), "image '1' is listed 2 times; list each image id once"),
        (("3", "s3", "C", "rare", "gallery", "1"), "image '3' is listed 2 times of split 1"),
        (("4", "s4", "D", "rare", "gallery", "3"), "image '4' has two labels"),
        (
            ("5", "s1", "A", "frequent", "test", ""),
            "subject 's1' is both in the gallery and in the test set of the freq",
        ),
        (("5", "s3", "C", "rare", "test", "1"), "subject 's3' is both .* of split 1"),
        (("5", "s1", "C", "rare", "test", "1"), "subject 's1' is both .* of split 1"),  # through the unified gallery
        (("5", "s5", "B", "frequent", "test", ""), "test image '5': its disorder 'B' is not in the gallery"),
        (("5", "s5", "B", "frequent", "gallery", ""), "image '5' has the unknown label 'B'"),
    ],
)
def test_what_would_make_an_accuracy_meaningless_is_refused(row, message):
    gallery_lists.check(listed(*OK), "lists.csv", {"A", "C"})
    with pytest.raises(InputError, match=f"lists.csv: .*{message}"):
        gallery_lists.check(listed(*OK, row), "lists.csv", {"A", "C"} if "unknown" in message else None)


def test_given_lists_lose_what_has_no_face_and_what_then_has_no_gallery():
    samples = pd.DataFrame({"sample_id": ["1", "2", "4"]})
    kept, excluded = gallery_splits.given(listed(*OK), samples)
    gallery_lists.check(kept, "lists.csv")
    assert kept["sample_id"].tolist() == ["1", "2", "4"] and kept["role"].tolist() == ["gallery", "test", "gallery"]
    assert excluded[["sample_id", "repeat", "reason"]].values.tolist() == [
        ["3", "1", "no usable face (faces/excluded.csv)"],
        ["3", "2", "no usable face (faces/excluded.csv)"],
        ["4", "1", "no usable image of its disorder in the gallery"],
    ]


def test_splits_are_written_from_samples_and_usable_faces(tmp_path):
    samples = cohort().assign(image="x.png", split="folds", simulated=True)
    samples.to_csv(tmp_path / "samples.csv", index=False)
    usable = samples[~samples["subject_id"].isin(["D0"])]
    usable[["sample_id"]].to_csv(tmp_path / "index.csv", index=False)
    inputs = {"samples": tmp_path / "samples.csv", "faces": tmp_path / "index.csv"}
    outputs = {name: tmp_path / f"{name}.csv" for name in ("splits", "excluded", "copies")}
    gallery_splits.write_splits(inputs, outputs, settings=SETTINGS, control="Unaffected", seed=1)
    assert set(gallery_lists.load(outputs["splits"])["label"]) == {"A", "B", "C"}
    assert set(pd.read_csv(outputs["excluded"])["label"]) == {"D", "E", "Unaffected"}


def test_a_tested_copy_of_a_gallery_photograph_is_named():
    rows = [
        ("1", "s1", "A", "frequent", "gallery", ""),
        ("2", "s2", "A", "frequent", "test", ""),
        ("3", "s3", "B", "rare", "test", "1"),
        ("3", "s3", "B", "rare", "gallery", "2"),
        ("4", "s4", "B", "rare", "gallery", "1"),
        ("4", "s4", "B", "rare", "gallery", "2"),
        ("5", "s5", "C", "rare", "test", "2"),
    ]
    copies = pd.DataFrame([["1", "2"], ["3", "4"], ["1", "5"]], columns=["sample_id_1", "sample_id_2"])
    assert gallery_splits.copies_across(listed(*rows), copies).values.tolist() == [
        ["", "1", "1", "2"],
        ["1", "3", "4", "3"],
        ["2", "1", "1", "2;5"],
    ]
    assert gallery_splits.copies_across(listed(*rows), copies.iloc[:0]).empty
