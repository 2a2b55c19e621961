"""Raters: they mark only their syndrome's terms, more often the stronger the sign, in the files of the real ones."""

import pandas as pd
import pytest
from gestalt_regions.cohort.simulated.people.raters import Eye, eyes, name_rater_terms, rate, write_files
from gestalt_regions.cohort.simulated.people.recipes import Recipe, Term
from gestalt_regions.core.errors import InputError
from gestalt_regions.hpo.facial_terms import FacialTerms
from gestalt_regions.hpo.ratings import read_ratings, write_annotations

RECIPES = {
    "KS": Recipe(
        "KS", "", (Term("Ptosis", "", "eyes", 1, {"a": 1}, {}), Term("Long face", "", "overall", 1, {"a": 1}, {}))
    ),
    "WS": Recipe("WS", "", (Term("Wide mouth", "", "mouth", 1, {"a": 1}, {}),)),
}
RATERS = {"half_seen": 0.25, "false_alarm": 0.05, "terms": {}, "each": [{}, {}, {}]}
TERMS = "term,hpo_id,region\nPtosis,HP:1,eyes\nWide mouth,HP:2,mouth\nLong face,HP:3,overall\n"
SAMPLES = [(f"k{i}", "KS", {"Ptosis": 0.6}) for i in range(100)] + [(f"w{i}", "WS", {}) for i in range(100)]


def test_detection_rises_from_the_false_alarm_rate():
    eye = Eye(0.25, 0.04)
    assert eye.seen(0) == 0.04
    values = [eye.seen(s) for s in (0.0, 0.1, 0.25, 0.5, 2.0)]
    assert values == sorted(values) and values[-1] > 0.95
    assert abs(Eye(0.25, 0.0).seen(0.25) - 0.5) < 1e-12


def test_the_more_special_setting_wins():
    each = [{}, {"half_seen": 0.4}, {"false_alarm": 0.2, "terms": {"Ptosis": {"half_seen": 0.9, "false_alarm": None}}}]
    raters = RATERS | {"terms": {"Ptosis": {"half_seen": 0.7, "false_alarm": None}}, "each": each}
    assert eyes(raters, "Ptosis") == [Eye(0.7, 0.05), Eye(0.4, 0.05), Eye(0.9, 0.2)]
    assert eyes(raters, "Long face") == [Eye(0.25, 0.05), Eye(0.4, 0.05), Eye(0.25, 0.2)]


def test_the_terms_of_raters_may_be_spelt_as_anywhere(tmp_path):
    (tmp_path / "terms.csv").write_text("term,hpo_id,synonyms\nPtosis,HP:0000508,Droop\n")
    known = FacialTerms(tmp_path / "terms.csv")
    raters = RATERS | {"terms": {"hp:0000508": {"half_seen": 0.7}}, "each": [{}, {"terms": {"droop": {}}}, {}]}
    name_rater_terms(raters, known)
    assert raters["terms"] == {"Ptosis": {"half_seen": 0.7}} and raters["each"][1] == {"terms": {"Ptosis": {}}}
    with pytest.raises(InputError, match=r"raters\.terms: 'Ptosys' is no facial HPO term; did you mean Ptosis"):
        name_rater_terms(RATERS | {"terms": {"Ptosys": {}}}, known)
    with pytest.raises(InputError, match=r"raters\.each\.1\.terms: 'Ptosys'"):
        name_rater_terms(RATERS | {"each": [{}, {"terms": {"Ptosys": {}}}, {}]}, known)
    with pytest.raises(InputError, match="two keys mean 'Ptosis'"):
        name_rater_terms(RATERS | {"terms": {"Ptosis": {}, "Droop": {}}}, known)


def test_marks_are_as_frequent_as_stated_and_each_rater_is_its_own():
    raters = RATERS | {"each": [{}, {"false_alarm": 0.5}, {"half_seen": 2.0}]}
    marks = rate(1, SAMPLES, RECIPES, raters)
    assert len(marks) == 300 and marks.equals(rate(1, SAMPLES, RECIPES, raters))
    shown = marks[marks["strength"] > 0]
    assert set(shown["term"]) == {"Ptosis"}
    for part in (shown, marks[marks["strength"] == 0]):
        for i in (1, 2, 3):
            stated = part[f"chance_{i}"].mean()
            assert abs(part[f"rater_{i}"].mean() - stated) < 3.5 * (stated * (1 - stated) / len(part)) ** 0.5
    absent = marks[marks["strength"] == 0]
    assert absent["rater_2"].mean() > 0.4 > 0.1 > absent["rater_1"].mean()
    assert shown["rater_1"].mean() > 0.75 > 0.25 > shown["rater_3"].mean()


def test_the_files_are_read_as_the_real_ones(tmp_path):
    (tmp_path / "terms.csv").write_text(TERMS)
    marks = rate(1, SAMPLES, RECIPES, RATERS)
    files = {label: tmp_path / f"{label}.csv" for label in RECIPES}
    write_files(marks, RECIPES, files)
    first = files["KS"].read_text().splitlines()
    assert first[0] == "image_num,image_name,Ptosis,Long face,Other"
    assert set(first[1].split(",")[2:]) <= {"1X", "2X", "3X", ""} and first[1].startswith("0,k0.png,")
    ratings, free = read_ratings(files["KS"], FacialTerms(tmp_path / "terms.csv"))
    assert list(ratings.columns) == ["image_name", "Ptosis", "Long face"] and (free == "").all()
    samples = pd.DataFrame(
        [(name, label, "heldout") for name, label, _ in SAMPLES], columns=["sample_id", "label", "split"]
    )
    samples.to_csv(tmp_path / "samples.csv", index=False)
    write_annotations(
        list(files.values()),
        labels=tmp_path / "samples.csv",
        hpo_terms=tmp_path / "terms.csv",
        annotations_out=tmp_path / "a.csv",
        notes_out=tmp_path / "n.csv",
    )
    table = pd.read_csv(tmp_path / "a.csv")
    assert list(table.columns) == ["sample_id", "Ptosis", "Wide mouth", "Long face"] and len(table) == 200
    assert table.loc[:99, "Wide mouth"].sum() == 0 and table.loc[100:, ["Ptosis", "Long face"]].to_numpy().sum() == 0
    own = marks[(marks["sample_id"] == "k7") & (marks["term"] == "Ptosis")].filter(like="rater_").to_numpy().sum()
    assert table.set_index("sample_id").loc["k7", "Ptosis"] == own
    assert pd.read_csv(tmp_path / "n.csv").empty
