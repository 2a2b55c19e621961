"""Before the first job: the cohort's tables are read, what they say is printed, and a bad one ends the run."""

from __future__ import annotations

import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.study.cohort_look import check_covariates
from gestalt_regions.study.study import prepare


@pytest.fixture
def photographs(config, tmp_path):
    (tmp_path / "photos").mkdir()
    for name in "abc":
        (tmp_path / f"photos/{name}.jpg").write_bytes(b"x")
    folder = {"images": str(tmp_path / "photos"), "table": str(tmp_path / "photos.csv"), "annotations": ""}
    config["cohort"] |= {"kind": "folder", "name": "mine", "folder": folder}

    def with_table(text):
        (tmp_path / "photos.csv").write_text(text)
        return config

    return with_table


def test_a_run_says_who_is_who_when_it_starts(photographs, root, capsys):
    config = photographs("image,label,Patient,age\na.jpg,KS,P,?\nb.jpg,KS,P,3\nc.jpg,Unaffected,Q,3\n")
    prepare(config, root, starts=True)
    said = capsys.readouterr().err.splitlines()
    assert said[0] == (
        "gestalt-regions: cohort mine: 3 images of 2 subjects in 2 kin groups, 0 images held out; KS 2, Unaffected 1"
    )
    assert said[1].endswith("photos.csv: subject_id is taken from the column Patient")
    assert said[2].startswith("gestalt-regions: warning: ") and said[2].endswith("taken as unknown (line 2)")
    prepare(config, root)  # in a job's own process
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("image,label,age\na.jpg,KS,young\nb.jpg,KS,3\n", "line 2: age is 'young'"),
        ("image,label\na.jpg,KS\nb.jpg,ks\n", "label is 'ks'.*but 'KS'"),
        ("image,label,suject_id\na.jpg,KS,1\n", "column 'suject_id' is not read; if it is subject_id"),
    ],
)
def test_a_bad_table_ends_the_run_before_any_job(photographs, root, text, words):
    with pytest.raises(SystemExit, match=rf"gestalt-regions: .*photos\.csv: .*{words}"):
        prepare(photographs(text), root, starts=True)


def test_annotations_of_trained_photographs_end_the_run_before_any_job(photographs, root, tmp_path):
    config = photographs("image,label,split\na.jpg,KS,heldout\nb.jpg,KS,folds\n")
    config["cohort"]["folder"]["annotations"] = str(tmp_path / "hpo.csv")
    (tmp_path / "hpo.csv").write_text("sample_id,Ptosis\na.jpg,2\nb,1\n")
    with pytest.raises(SystemExit, match=r"hpo\.csv: line 3: 'b' is annotated but not held out"):
        prepare(config, root, starts=True)
    (tmp_path / "hpo.csv").write_text("sample_id;Ptosis\nA.JPG;2\n")
    prepare(config, root, starts=True)


def test_a_missing_table_is_left_to_snakemake(photographs, root, tmp_path):
    config = photographs("image,label\na.jpg,KS\n")
    (tmp_path / "photos.csv").unlink()
    assert prepare(config, root, starts=True)


def test_covariates_are_columns_of_numbers_or_few_words():
    many = [str(k) for k in range(15)]
    samples = pd.DataFrame({"sample_id": many, "bmi": [*many[:14], "high"], "site": ["A", "B", ""] * 5, "z": many})
    check_covariates(samples, ["age", "expression", "yaw_measured", "site", "z"], "mine")
    samples["score_of_rater"] = ["1", "2", "none"] * 5
    for covariate, words in (
        ("score_of_rater", "'score_of_rater' has 3 values, and that of image '2' is 'none'; give numbers"),
        ("bmi", r"'bmi' has 15 values, and that of image '14' is 'high'; give numbers"),
        ("BMI", "'BMI' is no column of the table of the cohort 'mine'; did you mean bmi"),
        ("height", "'height' is no column"),
    ):
        with pytest.raises(InputError, match=rf"config statistics\.covariates: {words}"):
            check_covariates(samples, [covariate], "mine")
