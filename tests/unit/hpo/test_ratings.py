"""Clinicians' HPO files: different terms in each, 1X..3X, free text under any name, images that the cohort lacks."""

import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.hpo.facial_terms import FacialTerms
from gestalt_regions.hpo.ratings import raters_of, read_counts, read_hpo_files

TERMS = (
    "term,hpo_id,region,synonyms\nPtosis,HP:0000508,eyes,Drooping eyelid; Blepharoptosis\n"
    "Long face,HP:0000276,overall,\nWide mouth,HP:0000154,mouth,\n"
)
A = (
    "image_num,image_name,Ptosis,Long face,Other\n"
    "0,ASlide2.png,1X,,\n1,ASlide1.png,,3x,curly hair\n2,ASlide9.png,2X,,x\n"
)
B = "image_num,image_name,Wide mouth,drooping  Eyelid,Remarks\n0,BSlide1.png,2X,1X, \n"


@pytest.fixture
def samples():
    return pd.DataFrame({"sample_id": ["ASlide1", "ASlide2", "ASlide3", "BSlide1"], "split": "heldout"})


def read(folder, samples, *texts, terms=TERMS):
    (folder / "terms.csv").write_text(terms)
    paths = [folder / f"{name}.csv" for name in "ABC"[: len(texts)]]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    return read_hpo_files(paths, samples, folder / "terms.csv")


def test_files_with_different_terms_become_one_table_in_the_order_of_the_cohort(tmp_path, samples):
    table, notes = read(tmp_path, samples, A, B)
    assert list(table.columns) == ["sample_id", "Ptosis", "Long face", "Wide mouth"]
    assert table.values.tolist() == [["ASlide1", 0, 3, 0], ["ASlide2", 1, 0, 0], ["BSlide1", 1, 0, 2]]
    assert {kind.kind for kind in table.dtypes.iloc[1:]} == {"i"}
    assert notes.values.tolist() == [
        ["A.csv", "ASlide1.png", "free_text", "curly hair"],
        ["A.csv", "ASlide9.png", "not_in_cohort", "x"],
    ]


@pytest.mark.parametrize("blank", ["", " ", "\u00a0"])
def test_blank_cells_even_no_break_spaces_are_nothing(tmp_path, samples, blank):
    table, notes = read(tmp_path, samples, f"image_name,Ptosis,Other\nASlide1.png,{blank},{blank}\n")
    assert table["Ptosis"].tolist() == [0] and notes.empty


def test_a_last_column_of_ratings_is_a_term_not_free_text(tmp_path, samples):
    table, _ = read(tmp_path, samples, "image_name,Ptosis\nASlide1.png,2X\n")
    assert table["Ptosis"].tolist() == [2]
    with pytest.raises(InputError, match=r"'Long faces' is no facial HPO term; did you mean Long face "):
        read(tmp_path, samples, "image_name,Ptosis,Long faces\nASlide1.png,2X,1X\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image_name,Ptosys,Other\nASlide1.png,1X,\n", r"'Ptosys' is no facial HPO term; did you mean Ptosis "),
        (
            "image_name,Ptosis,Other\nASlide1.png,,\nASlide2.png,4X,\n",
            "line 3: 'Ptosis' is '4X'; give the number",
        ),
        ("image_name,Ptosis,Blepharoptosis,Other\nASlide1.png,1X,,\n", "two columns mean Ptosis"),
        ("image_name,Ptosis,Other\nASlide1.png,1X,\nASlide1.png,2X,\n", "'ASlide1.png' is rated twice"),
        ("name,Ptosis\nASlide1.png,1X\n", "no column 'image_name'"),
    ],
)
def test_bad_files_say_what_to_mend(tmp_path, samples, text, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, samples, text)


def test_an_image_in_two_files_or_in_a_fold_is_refused(tmp_path, samples):
    with pytest.raises(InputError, match=r"B\.csv: image 'ASlide1.png' is rated in A\.csv too"):
        read(tmp_path, samples, A, "image_name,Ptosis\nASlide1.png,2X\n")
    samples.loc[0, "split"] = "folds"
    with pytest.raises(InputError, match=r"'ASlide1\.png' is rated but not held out"):
        read(tmp_path, samples, A)


def test_no_file_is_a_table_without_rows(tmp_path, samples):
    table, notes = read(tmp_path, samples)
    assert list(table.columns) == ["sample_id", "Ptosis", "Long face", "Wide mouth"] and table.empty and notes.empty


def test_terms_outside_table_1_have_a_column_only_where_they_were_rated(tmp_path, samples):
    terms = "term,hpo_id,region,table1\nPtosis,HP:1,eyes,yes\nWide mouth,HP:2,mouth,no\nLong face,HP:3,overall,no\n"
    table, _ = read(tmp_path, samples, "image_name,Wide mouth\nASlide1.png,2X\n", terms=terms)
    assert table.values.tolist() == [["ASlide1", 0, 2]] and list(table.columns) == ["sample_id", "Ptosis", "Wide mouth"]
    with pytest.raises(InputError, match="line 2: table1 is 'maybe'; write yes or no"):
        read(tmp_path, samples, terms="term,table1\nPtosis,maybe\n")


def test_a_synonym_of_two_terms_is_refused_where_it_is_used(tmp_path):
    (tmp_path / "t.csv").write_text("term,synonyms\nPtosis,Droop\nWide mouth,droop\n")
    with pytest.raises(InputError, match="is a synonym of Ptosis and of Wide mouth; write one of them"):
        FacialTerms(tmp_path / "t.csv").take("droop")


@pytest.mark.parametrize(
    ("text", "raters"),
    [("", 0), ("0", 0), ("2", 2), (" 2 ", 2), ("2X", 2), ("2 x", 2), ("2.0", 2), ("\uff12", 2), ("\u00a0", 0)]
    + [(text, None) for text in ("yes", "no", "x", "4", "-1", "1.5", "2/3", "NA", "true", "22")],
)
def test_a_cell_says_how_many_raters_saw_the_term(text, raters):
    assert raters_of(text) == raters


def test_a_table_of_counts_takes_ids_and_says_what_an_empty_cell_is(tmp_path, caplog):
    (tmp_path / "t.csv").write_text("term,hpo_id\nPtosis,HP:0000508\nWide mouth,HP:0000154\n")
    (tmp_path / "a.csv").write_text("sample_id,hp_0000508,Wide_mouth\n007,2X,\n8,2.0,1\n")
    _, table = read_counts(tmp_path / "a.csv", FacialTerms(tmp_path / "t.csv"))
    assert table.to_dict("list") == {"sample_id": ["007", "8"], "Ptosis": [2, 2], "Wide mouth": [0, 1]}
    assert "1 empty cells count as 0" in caplog.text
    (tmp_path / "a.csv").write_text("sample_id,Ptosis\na,1\nb,yes\n")
    with pytest.raises(InputError, match=r"line 3: 'Ptosis' is 'yes'; .*of one rater: 1 for yes, 0 for no"):
        read_counts(tmp_path / "a.csv", FacialTerms(tmp_path / "t.csv"))
