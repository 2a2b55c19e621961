"""From screen to crop, which fixations count, and why the others do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.clinicians.eye_tracking.clean_fixations import (
    GroupTable,
    clean,
    face_names,
    group_parts,
    read_groups,
)
from gestalt_regions.clinicians.eye_tracking.fixation_density import BESIDE, NOWHERE, density, dwell_times
from gestalt_regions.clinicians.eye_tracking.screen_geometry import pixels_per_degree, shown_box, shown_faces
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import write_table
from gestalt_regions.faces import align
from gestalt_regions.faces.given_landmarks import POINTS

SCREEN = {"width_px": 1920, "height_px": 1080, "width_mm": 480, "distance_mm": 600}
PICTURE = {"width_px": 900, "height_px": 800, "centre": [], "placed": ""}


@pytest.fixture
def shown(tmp_path):
    """One face whose photograph of 224 x 112 has its crop of 112 in the left half, twice as large in the second."""
    points = align.template(112).ravel()
    faces = pd.DataFrame(
        [("A-1", *points), ("B-1", *(2 * points))],
        columns=["sample_id", *POINTS],
    )
    write_table(faces, tmp_path / "index.csv")
    write_table(
        pd.DataFrame({"sample_id": ["A-1", "B-1"], "width": [224, 448], "height": [112, 224]}),
        tmp_path / "photographs.csv",
    )
    return shown_faces(
        str(tmp_path / "index.csv"),
        str(tmp_path / "photographs.csv"),
        screen=SCREEN,
        picture=PICTURE,
        sigma_degrees=1,
        size=112,
    )


def rows(*lines):
    columns = ["reader", "stimulus", "x", "y", "duration", "left_out", "frame"]
    table = pd.DataFrame([(*line, "", "screen")[:7] if len(line) == 5 else line for line in lines], columns=columns)
    return table.assign(start=np.arange(len(table)) * 300.0, group="", file="f.csv")


def test_a_degree_and_a_box_by_hand():
    assert pixels_per_degree(SCREEN) == pytest.approx(np.tan(np.pi / 180) * 600 * 4)
    assert shown_box(SCREEN, PICTURE, 224, 112) == pytest.approx((510, 315, 900, 450))  # as wide as the box
    assert shown_box(SCREEN, PICTURE | {"centre": [500, 400]}, 100, 200) == pytest.approx((300, 0, 400, 800))


def test_places_of_every_frame_meet_in_the_photograph(shown):
    face = shown["A-1"]
    screen = face.to_photo(np.array([510.0, 960]), np.array([315.0, 540]), "screen")
    assert screen == pytest.approx(np.array([[-0.5, -0.5], [111.5, 55.5]]))
    assert face.to_photo(np.array([0.5]), np.array([0.5]), "share") == pytest.approx(np.array([[111.5, 55.5]]))
    assert face.to_photo(np.array([7.0]), np.array([9.0]), "picture").tolist() == [[7, 9]]
    assert face.to_screen(screen) == pytest.approx(np.array([[510, 315], [960, 540]]))


def test_the_gaussian_of_a_degree_depends_on_how_large_the_face_was_shown(shown):
    degree = pixels_per_degree(SCREEN)
    assert shown["A-1"].sigma == pytest.approx(degree * 224 / 900)
    assert shown["B-1"].sigma == pytest.approx(shown["A-1"].sigma)  # twice the pixels, shown as large


def test_what_does_not_count_is_named_with_its_reason(shown):
    table = rows(
        *[("R1", "a-1.JPG", 700 + k, 500, 200) for k in range(5)],
        ("R1", "nobody.png", 700, 500, 200),
        ("R1", "", 700, 500, 200),
        ("R1", "A-1", 700, 500, 0),
        ("R1", "A-1", 700, 500, 50),
        ("R1", "A-1", 100, 500, 200),
        ("R1", "A-1", np.nan, 500, 200, "no_number", "screen"),
        ("R2", "A-1", 700, 500, 200),
    )
    counted, excluded = clean(
        table,
        {"a-1": "A-1"},
        shown,
        GroupTable({}),
        size=112,
        min_duration_ms=60,
        min_fixations=2,
        leave_out_first=False,
    )
    assert len(counted) == 5 and set(counted["face"]) == {"A-1"}
    said = dict(zip(excluded["reason"], excluded["fixations"], strict=True))
    assert said == dict.fromkeys(
        ["no_number", "no_picture", "unknown_face", "no_duration", "too_short", "outside_picture", "few_fixations"], 1
    )
    assert excluded.loc[excluded["reason"] == "unknown_face", "face"].item() == "nobody.png"
    assert excluded["detail"].ne("").all()


def test_beside_the_crop_but_on_the_picture_counts(shown):
    counted, _ = clean(
        rows(("R1", "A-1", 1300, 540, 200), ("R1", "A-1", 600, 540, 200)),
        {"a-1": "A-1"},
        shown,
        GroupTable({}),
        size=112,
        min_duration_ms=0,
        min_fixations=1,
        leave_out_first=False,
    )
    assert counted["on_crop"].tolist() == [False, True]
    assert counted["crop_x"].tolist() == pytest.approx(counted["x"].tolist(), abs=0.02)


def test_the_first_fixation_on_each_face_is_where_the_cross_was(shown):
    table = rows(
        *[(reader, face, 700, 500, 200) for face in ("A-1", "B-1") for reader in ("R1", "R2") for _ in range(3)]
    )
    table.loc[0, "left_out"] = "no_number"  # the first that can be used counts as the first
    table.loc[table["reader"].eq("R2") & table["stimulus"].eq("B-1"), "start"] = np.nan
    settings = {"size": 112, "min_duration_ms": 0, "min_fixations": 1, "leave_out_first": True}
    counted, excluded = clean(table, {"a-1": "A-1", "b-1": "B-1"}, shown, GroupTable({}), **settings)
    assert excluded.loc[excluded["reason"] == "first_fixation", "fixations"].tolist() == [1, 1, 1]
    assert counted.groupby(["reader", "face"]).size().to_dict() == {
        ("R1", "A-1"): 1,
        ("R1", "B-1"): 2,
        ("R2", "A-1"): 2,
        ("R2", "B-1"): 3,
    }


def test_pictures_are_found_by_sample_file_or_table(tmp_path):
    samples, stimuli = tmp_path / "samples.csv", tmp_path / "stimuli.csv"
    write_table(
        pd.DataFrame({"sample_id": ["A-1", "A-2", "A-3"], "image": ["x/one.png", "x/two.jpg", "y/two.jpg"]}), samples
    )
    stimuli.write_text("stimulus,face\nSlide17.png,A-2\n")
    names = face_names(str(samples), ["A-1", "A-2", "A-3"], str(stimuli))
    assert names["one"] == names["a-1"] == "A-1"
    assert names["slide17"] == "A-2" and "two" not in names  # two faces have files of that name
    assert "a-3" not in face_names(str(samples), ["A-1"])
    stimuli.write_text("stimulus,face\nSlide17.png,Z-9\n")
    with pytest.raises(InputError, match=r"stimuli\.csv: line 2: no usable face 'Z-9'"):
        face_names(str(samples), ["A-1"], str(stimuli))


def test_groups_of_readers_and_of_readers_on_faces(tmp_path):
    path = tmp_path / "groups.csv"
    path.write_text("reader;group;face\nR1;clinicians;\nR1;others;A-1\n")
    groups = read_groups(str(path))
    assert groups.of("r1", "B-1") == "clinicians" and groups.of("R1", "A-1") == "others" and groups.of("R9", "") == ""
    for text, message in (("R1;a\nR1;b\n", "has the groups 'a' and 'b'"), ("R1;All\n", "cannot be called 'all'")):
        path.write_text("reader;group\n" + text)
        with pytest.raises(InputError, match=message):
            read_groups(str(path))


def test_one_group_alone_is_not_repeated():
    table = pd.DataFrame({"group": ["a", "a", ""], "x": [1, 2, 3]})
    assert list(group_parts(table)) == ["all"]
    assert {name: len(part) for name, part in group_parts(table.assign(group=["a", "b", ""])).items()} == {
        "all": 3,
        "a": 1,
        "b": 1,
    }


def test_a_density_by_duration_or_count():
    table = pd.DataFrame({"crop_x": [10.2, 30], "crop_y": [10, 30], "duration": [300, 100]})
    timed, counted = (density(table, 41, 1.0, weight) for weight in ("duration", "count"))
    assert timed.sum() == pytest.approx(1) and counted.sum() == pytest.approx(1)
    assert timed[10, 10] == pytest.approx(3 * timed[30, 30])
    assert counted[10, 10] == pytest.approx(counted[30, 30])
    assert timed[10, 11] / timed[10, 10] == pytest.approx(np.exp(-0.5), rel=1e-3)


class Halves:
    """A region map: the left half is `left`."""

    names = ("left",)

    def __getitem__(self, face):
        return np.repeat([[1] * 4 + [0] * 4], 8, axis=0)


def test_dwell_times_of_every_region():
    fixations = pd.DataFrame(
        {
            "reader": "R1",
            "face": "A-1",
            "group": "",
            "start": [0.0, 300, 600, 900],
            "duration": [200.0, 100, 50, 50],
            "crop_x": [6, 1, 2, 50],
            "crop_y": [1, 1, 1, 1],
            "on_crop": [True, True, True, False],
        }
    )
    told = dwell_times(fixations, {"halves": Halves()}).set_index("region")
    assert told["milliseconds"].to_dict() == {"left": 150, NOWHERE: 200, BESIDE: 50}
    assert told["share"].to_dict() == pytest.approx({"left": 0.375, NOWHERE: 0.5, BESIDE: 0.125})
    assert told["first_ms"].to_dict() == {"left": 300, NOWHERE: 0, BESIDE: 900}
