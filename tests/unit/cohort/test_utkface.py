"""UTKFace by the names of its files: what they say, and which are not used. The files here are nobody's face."""

from __future__ import annotations

import logging
import re

import pytest
from gestalt_regions.cohort.readers.reader_registry import COLUMNS, find_reader
from gestalt_regions.cohort.readers.utkface import Person, list_photographs, read_name
from gestalt_regions.core.errors import InputError


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("1_0_0_20161219140623097.jpg.chip.jpg", (1, "male", "White")),
        ("116_1_4_20170120134921760.jpg", (116, "female", "Others")),
        ("8_1_1_20170109203412303.JPG", (8, "female", "Black")),
        ("55_0_2_20170116232725357jpg.chip.jpg", (55, "male", "Asian")),  # as there is one without its point
        ("24_0_3_20170116220224657 .jpg.chip.jpg", (24, "male", "Indian")),  # and one with a blank
    ],
)
def test_a_name_says_age_sex_and_race(file, says):
    assert read_name(file) == Person(re.match("[0-9_]+", file)[0], *says)


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        # the three that lack a field
        ("39_1_20170116174525125.jpg.chip.jpg", "has 3 of the 4 fields"),
        ("61_1_20170109142408075.jpg.chip.jpg", "has 3 of the 4 fields"),
        ("61_3_20170109150557335.jpg.chip.jpg", "has 3 of the 4 fields"),
        ("1_0_0_0_20161219140623097.jpg", "has 5 of the 4 fields"),
        ("young_0_0_20161219140623097.jpg", "no number"),
        ("-3_0_0_20161219140623097.jpg", "no number"),
        ("²_0_0_20161219140623097.jpg", "no number"),
        ("117_0_0_20161219140623097.jpg", "age is 117; documented are 0 to 116"),
        ("7_3_0_20161219140623097.jpg", "gender is 3"),
        ("7_1_5_20161219140623097.jpg", "race is 5"),
    ],
)
def test_a_name_that_is_none_says_why(file, reason):
    assert reason in read_name(file)


def test_the_folder_is_read_whole_and_a_crop_of_a_photograph_that_is_there_is_left_out(tmp_path, caplog):
    for place in ("part1", "crops"):
        (tmp_path / place).mkdir()
    for file in ("part1/5_0_0_20170101000000000.jpg", "crops/5_0_0_20170101000000000.jpg.chip.jpg",
                 "crops/6_1_0_20170101000000001.jpg.chip.jpg", "crops/39_1_20170116174525125.jpg.chip.jpg",
                 "crops/._6_1_0_20170101000000001.jpg", "crops/readme.txt"):  # fmt: skip
        (tmp_path / file).write_bytes(b"x")
    with caplog.at_level(logging.INFO):
        people, excluded = list_photographs(tmp_path)
    assert people["image"].tolist() == [
        str(tmp_path / "crops/6_1_0_20170101000000001.jpg.chip.jpg"),
        str(tmp_path / "part1/5_0_0_20170101000000000.jpg"),
    ]
    assert excluded["reason"].str.slice(0, 20).tolist() == ["its name has 3 of th", "another file is 5_0_"]
    assert "2 of 4 photographs are left out" in caplog.text
    reader = find_reader("utkface")
    samples = reader.labels({"images": str(tmp_path), "label": "Unaffected"})
    assert list(samples.columns) == [*COLUMNS, "age", "sex", "ancestry"]
    assert samples["sample_id"].tolist() == ["utkface-6_1_0_20170101000000001", "utkface-5_0_0_20170101000000000"]
    assert (samples["subject_id"] == samples["sample_id"]).all() and (
        samples["kin_group"] == samples["sample_id"]
    ).all()


def test_a_folder_without_such_names_is_refused(tmp_path):
    with pytest.raises(InputError, match="nowhere: no such folder; give the one that UTKFace was unpacked to"):
        list_photographs(tmp_path / "nowhere")
    (tmp_path / "anna.jpg").write_bytes(b"x")
    with pytest.raises(InputError, match="none of its 1 photographs has a name as UTKFace's"):
        list_photographs(tmp_path)
