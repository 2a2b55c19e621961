"""The folder cohort: what is completed, and what is refused with which words."""

import pandas as pd
import pytest
from gestalt_regions.cohort.read_cohort import read_cohort
from gestalt_regions.cohort.readers.folder import COLUMNS, read_annotations, read_samples
from gestalt_regions.core.errors import InputError


@pytest.fixture
def place(tmp_path):
    (tmp_path / "photos/sub").mkdir(parents=True)
    for name in ("a.jpg", "sub/b c.jpg", "007.png"):
        (tmp_path / "photos" / name).write_bytes(b"x")
    (tmp_path / "terms.csv").write_text("term,hpo_id,region\nLong face,HP:1,overall\nWide mouth,HP:2,mouth\n")
    return tmp_path


def read(place, text, encoding="utf-8"):
    (place / "table.csv").write_bytes(text.encode(encoding))
    return read_samples(place / "table.csv", place / "photos")


def test_defaults_fill_what_the_table_lacks(place):
    samples = read(place, "image,label,age\na.jpg,KS,3\nsub/b c.jpg, NS ,4\n007.png,KS,\ngone.png,KS,5\n")
    assert list(samples.columns) == [*COLUMNS, "age"]
    assert samples["sample_id"].tolist() == ["a", "b_c", "007", "gone"]
    assert (samples["subject_id"] == samples["sample_id"]).all() and (
        samples["kin_group"] == samples["sample_id"]
    ).all()
    assert samples["label"].tolist() == ["KS", "NS", "KS", "KS"]
    assert set(samples["split"]) == {"folds"} and not samples["simulated"].any()
    assert samples["image"][1] == str(place / "photos/sub/b c.jpg")


def test_given_columns_are_kept_and_empty_cells_take_defaults(place):
    table = "image,label,subject_id,kin_group,split\na.jpg,KS,01,k,Heldout\n007.png,KS,,,\n"
    samples = read(place, table, encoding="utf-8-sig")  # with the byte order mark that Excel writes
    assert samples["subject_id"].tolist() == ["01", "007"] and samples["kin_group"].tolist() == ["k", "007"]
    assert samples["split"].tolist() == ["heldout", "folds"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("scan,label\na.jpg,KS\n", "no column 'image'"),
        ("image,lable\na.jpg,KS\n", "no column 'label' in the first line; did you mean lable"),
        ("image,label\n", "no rows"),
        ("image,label\na.jpg,KS\n007.png,\n", "line 3: no label"),
        ("image,label\n,KS\n", "line 2: no image"),
        ("image,label\na.jpg,KS\n./a.jpg,KS\n", "line 2 and line 3 have the same image"),
        ("image,label,sample_id\na.jpg,KS,x\n007.png,KS,X\n", "line 2 and line 3 have the same sample_id 'X'"),
        ("image,label\n../photos2/a.jpg,KS\n", "outside the folder"),
        ("image,label\n/etc/passwd,KS\n", "outside the folder"),
        ("image,label\n.,KS\n", "outside the folder"),
        ("image,label,sample_id\na.jpg,KS,a/b\n", "sample_id 'a/b' may only have"),
        ("image,label,split\na.jpg,KS,held-out\n", "split is 'held-out'; did you mean heldout"),
        ("image,label,simulated\na.jpg,KS,maybe\n", "simulated is 'maybe'"),
    ],
)
def test_refusals_name_the_line_and_what_to_do(place, text, words):
    with pytest.raises(InputError, match=words):
        read(place, text)


def test_missing_folder_and_table(place):
    with pytest.raises(InputError, match=r"no folder.*cohort\.folder\.images"):
        read_samples(place / "terms.csv", place / "terms.csv")
    with pytest.raises(InputError, match="no such file"):
        read_samples(place / "nowhere.csv", place / "photos")


SAMPLES = "image,label,split\na.jpg,KS,heldout\n007.png,KS,folds\n"


def annotate(place, text):
    (place / "hpo.csv").write_text(text)
    return read_annotations(place / "hpo.csv", read(place, SAMPLES), place / "terms.csv")


def test_annotations_are_completed_in_the_order_of_the_terms(place):
    table = annotate(place, "sample_id,Wide mouth\na,3\n")
    assert table.to_dict("list") == {"sample_id": ["a"], "Long face": [0], "Wide mouth": [3]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sample_id,Long fase\na,1\n", "'Long fase' is no facial HPO term; did you mean Long face"),
        ("sample_id,Long face\na,4\n", "'Long face' is '4'; give the number of raters"),
        ("sample_id,Long face\na,yes\n", "line 2"),
        ("sample_id,Long face\na,0.5\n", "line 2"),
        ("sample_id,Long face\nzz,1\n", "no sample 'zz'"),
        ("sample_id,Long face\n007,1\n", "annotated but not held out"),
        ("sample_id,Long face\na,1\na,1\n", "same sample_id"),
    ],
)
def test_annotation_refusals(place, text, words):
    with pytest.raises(InputError, match=words):
        annotate(place, text)


def test_without_annotations_the_table_has_a_header_only(place):
    read(place, SAMPLES)
    read_cohort(
        kind="folder",
        files={"table": str(place / "table.csv")},
        settings={"images": str(place / "photos")},
        control="",
        hpo_terms=place / "terms.csv",
        outputs={"samples": place / "s.csv", "annotations": place / "h.csv"},
    )
    assert pd.read_csv(place / "h.csv").columns.tolist() == ["sample_id", "Long face", "Wide mouth"]
    assert len(pd.read_csv(place / "s.csv")) == 2
