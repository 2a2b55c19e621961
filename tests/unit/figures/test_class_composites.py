"""Composites: landmarks meet at their mean, people count the same, and what does not fit is refused."""

import cv2
import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.figures.class_composites import draw_composites
from gestalt_regions.figures.selection import Selection
from gestalt_regions.saliency.morph.mean_shape import common_shape, composite, person_weights

POINTS = np.array([(x, y) for x in (30, 56, 82) for y in (35, 60, 85)], float)


def dotted(points, side=112):
    """A grey face with a bright dot at each landmark."""
    face = np.full((side, side, 3), 80, np.uint8)
    for x, y in points * side / 112:
        cv2.circle(face, (round(x), round(y)), 2 * side // 112, (250, 250, 250), -1)
    return face


@pytest.fixture(scope="module")
def faces():
    rng = np.random.default_rng(0)
    landmarks = np.round(POINTS + rng.normal(0, 4, (24, *POINTS.shape)))
    return np.stack([dotted(points) for points in landmarks]), landmarks


def test_warped_faces_meet_at_the_mean_landmarks(faces):
    crops, landmarks = faces
    even, mean = np.full(len(crops), 1 / len(crops)), landmarks.mean(axis=0)
    warped, plain = (composite(crops, landmarks, even, warp=warp) for warp in (True, False))
    x, y = mean.round().astype(int).T
    assert warped[y, x].mean() > 200 > 130 > plain[y, x].mean()
    assert composite(crops[:1], landmarks[:1], np.ones(1)) == pytest.approx(crops[0], abs=1)


def test_fields_fit_crops_of_any_size(faces):
    _, landmarks = faces
    crops = [dotted(points, 224) for points in landmarks]
    picture = composite(crops, landmarks, np.full(len(crops), 1 / len(crops)))
    x, y = (2 * landmarks.mean(axis=0)).round().astype(int).T
    assert picture.shape == (224, 224, 3) and picture[y, x].mean() > 200


def test_people_count_the_same():
    assert list(person_weights(pd.Series(["a", "a", "a", "b"]))) == pytest.approx([1 / 6, 1 / 6, 1 / 6, 1 / 2])


def test_a_composite_on_another_shape_has_its_landmarks_there(faces):
    crops, landmarks = faces
    onto = landmarks.mean(axis=0) + np.array([3, -2])
    picture = composite(crops, landmarks, np.full(len(crops), 1 / len(crops)), onto=onto)
    x, y = onto.round().astype(int).T
    assert picture[y, x].mean() > 200


def test_in_the_common_shape_a_class_counts_once_and_in_it_a_person():
    landmarks = np.array([0, 0, 6, 10], float)[:, None, None] * np.ones((4, 5, 2))
    labels, people = pd.Series(["A", "A", "A", "B"]), pd.Series(["a", "a", "b", "c"])
    assert common_shape(landmarks, labels, people) == pytest.approx(np.full((5, 2), 6.5))  # of 3 and 10


@pytest.fixture
def study(tmp_path, faces):
    crops, landmarks = faces
    names = [f"p{k // 2}-{k}" for k in range(24)]
    samples = pd.DataFrame({"sample_id": names, "label": ["A", "B"] * 12, "subject_id": names, "kin_group": names})
    samples.assign(split=["folds"] * 20 + ["heldout"] * 4, simulated=True).to_csv(tmp_path / "samples.csv", index=False)
    pd.DataFrame({"row": range(24), "sample_id": names}).to_csv(tmp_path / "index.csv", index=False)
    np.save(tmp_path / "crops.npy", crops)
    np.save(tmp_path / "landmarks.npy", landmarks.astype(np.float32))
    return [tmp_path / name for name in ("crops.npy", "index.csv", "landmarks.npy", "samples.csv")]


def test_one_composite_of_each_class_with_its_numbers(study, tmp_path):
    draw_composites(*study, tmp_path / "c.svg", pixels=True)
    text = (tmp_path / "c.svg").read_text()
    assert text.count("10 images of 10 people") == 2  # those of the folds alone
    assert text.count("plain mean of pixels") == 2 and "simulated cohort" in text
    draw_composites(*study, tmp_path / "b.svg", selected=Selection("figures.composites", classes=("B",)))
    text = (tmp_path / "b.svg").read_text()
    assert text.count("10 images of 10 people") == 1 and "plain mean" not in text


def test_composites_on_one_shape_say_so_and_keep_their_sides(study, tmp_path):
    draw_composites(*study, tmp_path / "one.svg", shape="common")
    draw_composites(*study, tmp_path / "each.svg")
    texts = [(tmp_path / name).read_text() for name in ("one.svg", "each.svg")]
    assert "one mean shape of all classes" in texts[0] and "the mean shape of their class" in texts[1]
    assert texts[0].count("10 images of 10 people") == 2


def test_landmarks_of_other_faces_are_refused(study, tmp_path):
    np.save(tmp_path / "landmarks.npy", np.zeros((3, 9, 2), np.float32))
    with pytest.raises(InputError, match="3 faces for 24 crops"):
        draw_composites(*study, tmp_path / "c.svg")
