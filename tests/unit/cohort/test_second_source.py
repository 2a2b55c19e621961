"""Photographs of further test sets: a table that is read, and what a second simulated source takes of the study."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.cohort.simulated.people.subjects import people
from gestalt_regions.cohort.test_sets import _make_grey, read_test_set, second_source
from gestalt_regions.core.errors import InputError
from PIL import Image


@pytest.fixture
def place(tmp_path):
    """A study's samples.csv and a folder with three photographs."""
    (tmp_path / "samples.csv").write_text(
        "sample_id,subject_id,kin_group,label,split\na,p1,f1,KS,folds\nb,p2,f2,NS,folds\nc,p3,f3,WS,heldout\n"
    )
    (tmp_path / "photos").mkdir()
    for name in "xyz":
        Image.new("RGB", (8, 8), (10, 200, 30)).save(tmp_path / f"photos/{name}.png")
    return tmp_path


def read(place, table):
    (place / "t.csv").write_text(table)
    read_test_set(
        table=place / "t.csv",
        images=place / "photos",
        study=place / "samples.csv",
        samples=place / "web.csv",
        test_set="web",
    )
    return pd.read_csv(place / "web.csv")


def test_names_begin_with_the_set_and_nobody_is_trained_on(place):
    table = read(place, "image,label,subject_id,split\nx.png,KS,p9,folds\ny.png,NS,p3,\n")
    assert list(table["sample_id"]) == ["web-x", "web-y"] and list(table["subject_id"]) == ["web-p9", "web-p3"]
    assert set(table["split"]) == {"heldout"} and not table["simulated"].any()


def test_stand_ins_are_called_simulated(place):
    (place / "photos/SIMULATED.txt").write_text("")
    assert read(place, "image,label\nx.png,KS\n")["simulated"].all()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("x.png,WS,p9", "label 'WS' is no class of the study"),  # it is held out alone: no network knows it
        ("x.png,Kabuki,p9", "label 'Kabuki' is no class of the study"),
        ("x.png,KS,p1", "subject_id 'p1' is in the study's folds"),
    ],
)
def test_who_was_trained_on_and_unknown_labels_are_refused(place, rows, message):
    with pytest.raises(InputError, match=message):
        read(place, f"image,label,subject_id\n{rows}\n")


def test_a_second_source_has_unrelated_people_of_every_syndrome(config):
    cohort = config["cohort"] | {"label_noise": 0.3, "shortcut": {**config["cohort"]["shortcut"], "kind": "smile"}}
    settings = {"people_per_class": 3, "images_per_subject": 2, "photos": {"blur": [1, 2]}, "size": 128, "grey": 0}
    section = second_source(cohort, settings)
    assert section["photos"]["blur"] == [1, 2] and section["photos"]["yaw"] == cohort["photos"]["yaw"]
    assert (section["size"], section["label_noise"], section["shortcut"]["kind"]) == (128, 0, "none")
    drawn = people(section, 7)
    assert {split for _, _, split in drawn} == {"heldout"}
    labels = pd.Series([label for _, label, _ in drawn]).value_counts().to_dict()
    assert labels == {label: 3 for label in cohort["classes"] if label != "Unaffected"}
    assert len({person.kin_group for person, _, _ in drawn}) == len(drawn)


def test_a_share_of_the_photographs_is_grey(place):
    names = list("xyz")
    _make_grey(place / "photos", names, 2 / 3, 1)
    pixels = [np.asarray(Image.open(place / f"photos/{name}.png"))[0, 0] for name in names]
    assert sum(len(set(pixel)) == 1 for pixel in pixels) == 2
