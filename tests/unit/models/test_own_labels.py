"""Labels of a model's own: which images it has, with which label, and what folds cannot train."""

import logging

import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.models.own_labels import own_table, relabelled

WHERE = "config models.net.labels"


@pytest.fixture
def table():
    """Four classes; each has three people in folds 1 to 3 and one held out."""
    rows = [
        (f"{label}{k}", label, f"P{label}{k}", f"F{label}{k}", fold)
        for label in "ABCU"
        for k, fold in enumerate(["1", "2", "3", "heldout"])
    ]
    columns = ["sample_id", "label", "subject_id", "kin_group", "fold"]
    return pd.DataFrame(rows, columns=columns).rename_axis("row").reset_index()


def with_column(table, values, tmp_path, column="genotype"):
    """samples.csv with a column: values by sample."""
    samples = table[["sample_id", "label", "subject_id"]].assign(**{column: table["sample_id"].map(values)})
    samples.to_csv(tmp_path / "samples.csv", index=False)
    return str(tmp_path / "samples.csv")


def test_one_class_is_told_from_all_others_or_from_some(table):
    every = own_table(table, {"positive": "A"}, "1", "net")
    assert len(every) == len(table)
    assert (every["label"] == "A").equals(table["label"] == "A")
    assert set(every["label"]) == {"A", "not A"}
    some = own_table(table, {"positive": "A", "negative": ["B", "C"]}, "1", "net")
    assert set(some["sample_id"].str[0]) == set("ABC") and some["label"].value_counts()["not A"] == 8
    assert set(some["row"]) == set(table.loc[table["label"] != "U", "row"])  # rows of the stack stay


def test_a_column_gives_labels_where_it_says_something(table, tmp_path, caplog):
    values = {"A0": "x", "A1": "x", "A2": "y", "A3": "x", "B0": "y", "B1": "unknown", "B2": "", "C0": "x", "U3": "z"}
    path = with_column(table, values, tmp_path)
    with caplog.at_level(logging.WARNING):
        chosen = own_table(table, {"column": "genotype"}, "1", "net", path).set_index("sample_id")["label"]
    assert chosen.to_dict() == {"A0": "x", "A1": "x", "A2": "y", "A3": "x", "B0": "y", "C0": "x"}
    assert "held out only, so no network learns them and they are left out: z" in caplog.text
    within = own_table(table, {"column": "genotype", "within": ["A", "B"]}, "1", "net", path)
    assert set(within["sample_id"]) == {"A0", "A1", "A2", "A3", "B0"}


def test_numbers_are_names(table, tmp_path):
    values = {f"{label}{k}": "7" if label == "A" else "08" for label in "AB" for k in range(4)}
    path = with_column(table, values, tmp_path)
    assert set(own_table(table, {"column": "genotype"}, "1", "net", path)["label"]) == {"7", "08"}


@pytest.mark.parametrize(
    ("values", "labels", "message"),
    [
        ({}, {"column": "genes"}, r"\.column: no column 'genes' in the cohort's table; .*genotype"),
        ({}, {"column": "genotype"}, ": the images of the folds have no label"),
        ({"A0": "x", "A1": "x"}, {"column": "genotype"}, ": the images of the folds have only 'x'"),
        ({"A0": "SOS1", "A1": "sos1"}, {"column": "genotype"}, r"\.column: genotype is 'SOS1' and 'sos1'"),
        (
            {"A0": "x", "A1": "x", "A2": "y", "A3": "y"},
            {"column": "genotype"},
            r": all 1 images of 'y' \(families: 1\) are in one fold",
        ),
        (
            {"A1": "x", "A2": "x", "B1": "y", "B2": "y"},
            {"column": "genotype"},
            ": no image of fold 1 has a label; add people",
        ),
        ({}, {"column": "genotype", "within": ["D"]}, ": no image of the study is 'D'"),
        ({}, {"positive": "Angel"}, ": no image of the study is 'Angel'"),
        ({}, {"positive": "A", "negative": ["Q"]}, ": no image of the study is 'Q'"),
    ],
)
def test_what_cannot_be_trained_is_named(table, tmp_path, values, labels, message):
    path = with_column(table, values, tmp_path)
    with pytest.raises(InputError, match=f"{WHERE}{message}"):
        own_table(table, labels, "1", "net", path)


def test_a_person_has_one_label(table):
    samples = table.assign(subject_id="P", genotype=["x", "y"] * 8)
    with pytest.raises(InputError, match=r"genotype of the person 'P' is x, y; a person has one label"):
        relabelled(table, {"column": "genotype"}, WHERE, samples)
