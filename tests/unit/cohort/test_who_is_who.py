"""Persons, families, classes, ages and photographs as people write them, in a folder's table."""

from __future__ import annotations

import re
import shutil
import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.cohort.age_and_sex import age_in_years
from gestalt_regions.cohort.readers.folder import read_samples
from gestalt_regions.cohort.readers.reader_registry import Reader, find_reader
from gestalt_regions.cohort.same_names import checked_labels, tied_names
from gestalt_regions.cohort.sample_names import SAFE, safe_name
from gestalt_regions.cohort.who_is_who import read_samples as read_cohort_samples
from gestalt_regions.cohort.who_is_who import who_is_who, who_line
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.remarks import remarks_kept
from gestalt_regions.core.spelling import bare, clean, clean_names


@pytest.fixture
def read(tmp_path):
    (tmp_path / "photos").mkdir()

    def read_text(text, photos=()):
        shutil.rmtree(tmp_path / "photos")
        (tmp_path / "photos.csv").write_text(text)
        (tmp_path / "photos").mkdir()
        lines = text.strip().splitlines()[1:]
        for name in photos or [line.split(";")[0].split(",")[0] for line in lines]:
            path = tmp_path / "photos" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
        with remarks_kept() as said:
            samples = read_samples(tmp_path / "photos.csv", tmp_path / "photos")
        return samples, [each.text.replace(str(tmp_path), "").removeprefix("/photos.csv: ") for each in said]

    return read_text


def test_semicolons_as_a_german_spreadsheet_saves_them(read):
    samples, said = read("image;label;subject_id;age\na.jpg;KS;1;0,5\nb.jpg;Unaffected;2;7\n")
    assert samples[["subject_id", "label", "age"]].values.tolist() == [["1", "KS", 0.5], ["2", "Unaffected", 7.0]]
    assert not said


def test_a_comma_at_the_end_of_each_row(read):
    samples, _ = read("image,label,age\na.jpg,NS,3,\nb.jpg,KS,4,\n")
    assert samples["label"].tolist() == ["NS", "KS"] and samples["age"].tolist() == [3, 4]
    assert [Path(path).name for path in samples["image"]] == ["a.jpg", "b.jpg"]


def test_names_that_look_like_nothing(read):
    samples, _ = read("image,label,subject_id\nNA.png,NA,null\nnull.png,None,nan\n")
    assert samples["sample_id"].tolist() == ["NA", "null"] and samples["label"].tolist() == ["NA", "None"]
    assert samples["subject_id"].tolist() == ["null", "nan"]


def test_columns_under_other_names_say_who_is_who(read):
    samples, said = read("image,label,Subject_ID,family,set\na.jpg,KS,K,F,folds\nb.jpg,KS,K,F,heldout\n")
    assert samples["subject_id"].tolist() == ["K", "K"] and samples["kin_group"].tolist() == ["F", "F"]
    assert samples["split"].tolist() == ["folds", "heldout"]
    assert said == [
        "subject_id is taken from the column Subject_ID",
        "kin_group is taken from the column family",
        "split is taken from the column set",
    ]


@pytest.mark.parametrize(
    ("header", "rows", "words"),
    [
        ("subject_id,patient", ["1,P", "2,P"], "column patient is not read, though rows that it ties.*lines 2, 3"),
        (
            "twin_of",
            ["x", "x"],
            "column twin_of is not read; if it says which family a person is of, call it kin_group",
        ),
        ("patient_initials", ["x", "x"], "call it subject_id"),
        ("test_split", ["1", "2"], "call it split"),
        ("ID", ["4711", "4711"], "column ID is not read, and some rows have the same value"),
        ("age_group", ["1", "2"], "call it age"),
    ],
)
def test_a_likely_column_that_is_not_read_is_named(read, header, rows, words):
    _, said = read(f"image,label,{header}\na.jpg,KS,{rows[0]}\nb.jpg,KS,{rows[1]}\n")
    assert any(pd.Series([text]).str.contains(words).item() for text in said)


def test_a_person_is_one_however_capitals_blanks_and_numbers_are_written(read):
    samples, said = read("image,label,subject_id\na.jpg,KS,PersonK\nb.jpg,KS,personK\nc.jpg,KS,PersonK \n")
    assert samples["subject_id"].tolist() == ["PersonK"] * 3
    assert "'PersonK' (/photos.csv: line 2) and 'personK' (/photos.csv: line 3)" in said[0]
    samples, said = read("image,label,subject_id\na.jpg,KS,1\nb.jpg,KS,1.0\nc.jpg,NS,\u00a02\n")
    assert samples["subject_id"].tolist() == ["1", "1", "2"] and not said


@pytest.mark.parametrize(
    ("one", "other"), [("007", "7"), ("P-1", "P_1"), ("P-1", "P1"), ("KS 01", "ks-1"), ("A–1", "A-1")]
)
def test_persons_and_classes_that_differ_in_form_only_are_refused(one, other):
    names = pd.Series([one, "x", other])
    for check in (tied_names, checked_labels):
        with pytest.raises(InputError, match=rf"line 3: id is '{other}'.*'{one}'.* in line 1; they differ in form"):
            check(names, "id", lambda row: f"line {row + 1}")


def test_classes_that_differ_in_capitals_are_refused_with_their_counts(read):
    with pytest.raises(InputError, match=r"line 4: label is 'ns' \(1 images\), but 'NS' \(2\) in .*line 2"):
        read("image,label\na.jpg,NS\nb.jpg,NS \nc.jpg,ns\n")


def test_what_is_no_name_of_a_person_is_refused(read):
    for cell, words in (
        ("#N/A", "line 2: subject_id is '#N/A', an error of the spreadsheet"),
        ("1.23E+11", "a long number that the spreadsheet shortened"),
        ('"two\nlines"', "no single line of text; is a quote missing"),
    ):
        with pytest.raises(InputError, match=words):
            read(f"image,label,subject_id\na.jpg,KS,{cell}\n", photos=["a.jpg"])


def test_names_are_equal_where_they_surely_are():
    assert clean("  Mu\u0308ller\u00a0 1\u200b ") == "Müller 1"
    assert clean_names(pd.Series(["1.0", "2.0", "x"])).tolist() == ["1", "2", "x"]
    assert clean_names(pd.Series(["1.0", "1.1"])).tolist() == ["1.0", "1.1"]  # a person of a family, perhaps
    assert bare("1-11") != bare("11-1") and bare("100") != bare("1") and bare("0") == "0"


def test_photographs_are_found_however_the_disk_writes_their_names(read):
    for form in ("NFC", "NFD"):
        name = unicodedata.normalize(form, "Müller.jpg")
        samples, said = read("image,label\nMüller.jpg,KS\n", photos=[name])
        assert Path(samples["image"][0]).is_file() and samples["sample_id"].tolist() == ["Muller"]
        (Path(samples["image"][0])).unlink()
    samples, said = read("image,label\na.jpg,KS\nsub\\b.JPG,KS\nc,NS\n", photos=["a.JPG", "Sub/b.jpg", "c.png"])
    assert all(Path(path).is_file() for path in samples["image"])
    assert any("line 2: 1 images are found though capitals differ; the first: a.jpg is a.JPG" in text for text in said)


def test_names_that_begin_with_the_folder_are_found(read):
    samples, said = read("image,label\nphotos/a.jpg,KS\nphotos/b.jpg,KS\n", photos=["a.jpg", "b.jpg"])
    assert all(Path(path).is_file() for path in samples["image"])
    assert said[0].endswith(
        "2 images are found though the table names the folder, too; the first: photos/a.jpg is a.jpg"
    )
    samples, said = read("image,label\nphotos/c.jpg,KS\n", photos=["photos/c.jpg"])
    assert samples["image"][0].endswith("photos/photos/c.jpg") and "found though" not in "".join(said)


def test_a_photograph_that_is_not_there_is_named_with_the_nearest(read):
    samples, said = read("image,label\nanna_1.jpg,KS\nanna2.jpg,KS\n", photos=["anna_1.jpg", "anna_2.jpg"])
    assert "line 3: 1 of 2 images are not in the folder" in said[0] and len(samples) == 2
    assert "anna2.jpg; the nearest name there is anna_2.jpg" in said[0]


def test_tables_are_read_without_a_single_photograph_aloud(read, tmp_path):
    samples, said = read("image,label\nx.jpg,KS\ny.jpg,KS\n", photos=["anna_1.jpg"])
    assert len(samples) == 2 and re.search(r"lines 2, 3: 2 of 2 images are not in the folder.*Name the right", said[0])
    with remarks_kept() as remarks:
        samples = read_samples(tmp_path / "photos.csv", tmp_path / "nowhere")
    assert len(samples) == 2 and "nowhere, which is not there: x.jpg, y.jpg. Name" in remarks[0].text


def test_photographs_that_the_table_does_not_name_are_counted(read):
    _, said = read(
        "image,label\nsub/a.jpg,KS\n", photos=["sub/a.jpg", "sub/b.JPG", "sub/._a.jpg", "sub/notes.txt", "c.jpg"]
    )
    assert [text.split(" are not in the table")[-1] for text in said] == ["; the first: b.JPG"]
    assert said[0].startswith("1 images of the folder")


def test_names_of_samples_are_safe_and_distinct(read):
    samples, said = read("image,label\nMüller 1.jpg,KS\nMöller 1.jpg,KS\n李雷.jpg,NS\n韩梅梅.jpg,NS\n")
    assert samples["sample_id"].tolist()[:2] == ["Muller_1", "Moller_1"]
    assert samples["sample_id"].is_unique and samples["sample_id"].map(lambda name: bool(SAFE.fullmatch(name))).all()
    assert "sample_id is made of the file name, in safe letters in 4 rows: Müller 1.jpg is Muller_1" in said[0]
    samples, said = read("image,label\nanna/1.jpg,KS\nben/1.jpg,KS\nc d.jpg,KS\nc_d.jpg,KS\n")
    assert samples["sample_id"].tolist()[:2] == ["anna_1", "ben_1"] and samples["sample_id"].is_unique
    assert "4 files have like names: anna/1.jpg is anna_1" in said[0] and "column sample_id" in said[0]
    assert safe_name("Mu\u0308ller") == safe_name("Müller") and safe_name("x" * 300) != safe_name("x" * 301)


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2.5", 2.5),
        ("0,5", 0.5),
        ("2y 6m", 2.5),
        ("2 years, 6 months", 2.5),
        ("2 Jahre und 6 Monate", 2.5),
        ("18 months", 1.5),
        ("18m", 1.5),
        ("2;6", 2.5),
        ("2 6/12", 2.5),
        ("6/12", 0.5),
        ("3 yrs old", 3),
        ("10 d", 10 / 365.2425),
        ("unknown", np.nan),
        ("?", np.nan),
    ],
)
def test_ages_are_read_as_they_are_written(text, years):
    assert age_in_years(text) == pytest.approx(years, nan_ok=True)


@pytest.mark.parametrize("text", ["adult", "5-10", ">18", "2;14", "1.234,5", "2013-05-02", "1e3"])
def test_what_is_no_age_is_no_age(text):
    with pytest.raises(ValueError):
        age_in_years(text)


def test_ages_are_judged_when_the_table_is_read(read):
    samples, said = read("image,label,age\na.jpg,KS,unknown\nb.jpg,KS,\nc.jpg,KS,3\n")
    assert samples["age"].isna().tolist() == [True, True, False]
    assert said == ["age: 'unknown' is taken as unknown (line 2)"]
    samples, _ = read("image,label,Age (months)\na.jpg,KS,18\nb.jpg,KS,2y\n")
    assert samples["age"].tolist() == [1.5, 2]
    samples, _ = read("image,label,age_year,age_month\na.jpg,KS,2,6\nb.jpg,KS,,\nc.jpg,KS,,3\n")
    assert samples["age"].fillna(99).tolist() == [2.5, 99, 0.25] and "age_months" not in samples
    for cells, words in (
        (["-1", "3"], r"line 2: age is '-1', which is no age of 0 to 120 years \(line 2\); write years such as"),
        (["3", "999"], "line 3: age is '999'"),
        (["3", "about 5"], "line 3: age is 'about 5'"),
        (['"0,5"', "0.5"], "line 2: age is '0,5', but '0.5' in line 3"),
    ):
        with pytest.raises(InputError, match=words):
            read(f"image,label,age\na.jpg,KS,{cells[0]}\nb.jpg,KS,{cells[1]}\n")


def test_sexes_are_female_male_other_or_unknown(read):
    samples, _ = read("image,label,Gender\na.jpg,KS,M\nb.jpg,KS,weiblich\nc.jpg,KS,?\nd.jpg,KS,Female\n")
    assert samples["sex"].tolist() == ["male", "female", "", "female"]
    samples, _ = read("image,label,sex,simulated\na.jpg,KS,w,yes\nb.jpg,KS,M,0\n")
    assert samples["sex"].tolist() == ["female", "male"] and samples["simulated"].tolist() == [True, False]
    for cells, words in (
        (("1", "2"), r"sex is '1' \(lines 2, 3\); write female, male or other"),
        (("F", "boyish"), "sex is 'boyish'"),
    ):
        with pytest.raises(InputError, match=words):
            read(f"image,label,sex\na.jpg,KS,{cells[0]}\nb.jpg,KS,{cells[1]}\n")


def test_a_decimal_comma_in_any_other_column(read):
    samples, said = read("image;label;bmi;note\na.jpg;KS;17,5;x\nb.jpg;KS;20;1,5\n")
    assert samples["bmi"].tolist() == ["17.5", "20"] and samples["note"].tolist() == ["x", "1,5"]
    assert said == ["column bmi: decimal commas are read as such"]


def samples_of(**columns):
    n = len(columns["sample_id"])
    table = pd.DataFrame({"label": ["KS"] * n, "split": ["folds"] * n, "simulated": [False] * n} | columns)
    table["image"] = "/photos/" + table["sample_id"] + ".jpg"
    for column, default in (("subject_id", "sample_id"), ("kin_group", "subject_id")):
        table[column] = table.get(column, table[default])
    return table


def say(samples):
    reader = Reader("mine", lambda files, settings: samples, "", {}, lambda settings: {})
    return [each.text for each in read_cohort_samples(reader, {}, {})[1] if each.warning]


def test_persons_in_file_names_are_seen_where_no_column_says_who_is_who():
    names = [f"{person}_{k}" for person in ("anna", "ben", "cleo") for k in (1, 2)]
    (said,) = say(samples_of(sample_id=names))
    assert "file names look like 3 persons with several photographs each (anna_1 and anna_2)" in said
    assert "give a column subject_id" in said
    for quiet in (
        samples_of(sample_id=names, subject_id=["a", "a", "b", "b", "c", "c"]),
        samples_of(sample_id=[f"KS_{k}" for k in range(6)]),  # numbered within a class
        samples_of(sample_id=[f"IMG_00{k}" for k in range(6)]),  # by a camera
    ):
        assert say(quiet) == []


def test_what_any_reader_gives_is_judged():
    ids = list("abcd")
    table = samples_of(sample_id=ids, subject_id=["P1", "p1", "Q", "Q"], label=["KS", "KS", "KS", "NS"])
    table["split"] = ["folds", "folds", "folds", "heldout"]
    said = say(table)
    assert "mine: subject_id: 'P1' and 'p1' differ in form alone" in said
    assert "mine: 1 subjects are in the folds and held out; the first: Q" in said
    assert "mine: 1 subjects have two labels; the first: Q (KS and NS)" in said
    with pytest.raises(InputError, match="the cohort reader mine gives no column kin_group"):
        say(table.drop(columns="kin_group"))


def test_the_table_of_who_is_who_counts_and_keeps_what_was_said(read):
    rows = "image,label,patient,age,sex\na.jpg,KS,P,3,f\nb.jpg,KS,P,unknown,f\nc.jpg,NS,Q,,m\n"
    samples, _ = read(rows)
    folder = Path(samples["image"][0]).parent
    files, settings = {"table": str(folder.parent / "photos.csv")}, {"images": str(folder)}
    samples, said = read_cohort_samples(find_reader("folder"), files, settings)
    table = who_is_who(samples, said).set_index("item")
    assert table.loc["images"].tolist() == [3, "KS 2, NS 1"]
    assert table.loc["subjects"].tolist() == [2, "1 with several images"]
    assert table.loc["kin groups"].tolist() == [2, "each subject its own"]
    assert table.loc["images held out", "value"] == 0
    assert table.loc["images with known age"].tolist() == [1, "3 to 3 years"]
    assert table.loc["read", "note"].iloc[0].endswith("subject_id is taken from the column patient")
    assert table.loc["warning", "note"].endswith("age: 'unknown' is taken as unknown (line 3)")
    assert who_line(samples) == "3 images of 2 subjects in 2 kin groups, 0 images held out; KS 2, NS 1"


def test_unknown_values_of_a_statistics_program(read):
    """R writes NA for every empty cell."""
    samples, said = read("image,label,subject_id,bmi,ancestry,note\na.jpg,KS,NA,17,NA,NA\nb.jpg,KS,NA,NA,x,y\n")
    assert samples["bmi"].tolist() == ["17", ""] and samples["ancestry"].tolist() == ["", "x"]
    assert samples["note"].tolist() == ["NA", "y"] and samples["subject_id"].tolist() == ["NA", "NA"]
    assert said == [
        "subject_id 'NA' (lines 2, 3) is taken for the name of one; leave the cell empty where it is unknown",
        "bmi: 'NA' is taken as unknown (line 3)",
        "ancestry: 'NA' is taken as unknown (line 2)",
    ]


def test_columns_whose_values_tie_rows_or_are_sides_are_named(read):
    table = "image,label,record_id,usage\na.jpg,KS,1,train\nb.jpg,KS,1,Test\nc.jpg,NS,2,train\n"
    _, said = read(table)
    assert "the column usage is not read, though it holds test, train; if it says which photographs are held" in said[0]
    assert "the column record_id is not read, and some rows have the same value" in said[1]
    _, said = read("image,label,record_id,usage\na.jpg,KS,1,left\nb.jpg,KS,2,right\nc.jpg,NS,3,left\n")
    assert said == []


def test_a_class_that_looks_like_nothing_is_said(read):
    samples, said = read("image,label\na.jpg,KS\nb.jpg,NA\n")
    assert samples["label"].tolist() == ["KS", "NA"]
    assert said == ["label 'NA' (line 3) is taken for a class; remove the rows if their class is unknown"]


def test_text_of_a_spreadsheet_formula_is_the_text(read):
    samples, _ = read('image,label,subject_id\na.jpg,KS,"=""007"""\nb.jpg,KS,="12"\n')
    assert samples["subject_id"].tolist() == ["007", "12"]


def test_a_person_in_two_families_is_said(tmp_path):
    (tmp_path / "photos.csv").write_text("image,label,subject_id,kin_group\na.jpg,KS,1,f\nb.jpg,KS,1,g\n")
    settings = {"images": str(tmp_path), "table": str(tmp_path / "photos.csv"), "annotations": ""}
    reader = find_reader("folder")
    _, said = read_cohort_samples(reader, reader.files(settings), settings, aloud=False)
    assert "1 subjects have two kin groups, which count as one family; the first: 1 (f and g)" in said[-1].text


def test_a_picture_that_no_row_names_changes_no_table(tmp_path):
    (tmp_path / "photos.csv").write_text("image,label\na.jpg,KS\n")
    (tmp_path / "a.jpg").write_bytes(b"x")
    settings = {"images": str(tmp_path), "table": str(tmp_path / "photos.csv"), "annotations": ""}
    reader = find_reader("folder")
    tables = []
    for number in range(2):
        samples, said = read_cohort_samples(reader, reader.files(settings), settings, aloud=False)
        tables.append(who_is_who(samples, said))
        assert any("are not in the table" in each.text for each in said) == bool(number)
        (tmp_path / "more.jpg").write_bytes(b"x")
    assert tables[0].equals(tables[1])
