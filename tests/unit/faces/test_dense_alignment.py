"""Alignment by 106 landmarks: what is taken from them, what is refused, and that one face ends in one frame."""

import numpy as np
import pandas as pd
import pytest
import skimage
from gestalt_regions.core.errors import InputError
from gestalt_regions.faces import align
from gestalt_regions.faces.dense_alignment import densely_aligned, nose_offset, with_dense_points
from gestalt_regions.faces.detect import Choice, choose_face, make_detector
from gestalt_regions.faces.given_landmarks import POINTS
from gestalt_regions.faces.landmarks import (
    FIVE_OF_DENSE,
    FRAMES,
    INPUT_SIZE,
    MIRRORED,
    POINT_COUNT,
    detections,
    five_points,
    frame_matrix,
    open_landmark_network,
)
from gestalt_regions.faces.pose import pose_from_landmarks
from gestalt_regions.faces.unusable import Unusable
from gestalt_regions.study.study import load_study

DETECTED = 3 * align.TEMPLATE + np.array([40.0, 20.0])  # an upright face, three times the template
IMAGE = np.zeros((400, 400, 3), np.uint8)


def choice(points=DETECTED):
    return Choice(np.array([40, 20, 376, 356.0]), points, 0.9, 1, ("largest_of_2",))


def finds(places):
    """A network of landmarks that sees the five points at `places` (pixels of the 112-pixel crop) in every frame."""
    dense = np.zeros((POINT_COUNT, 2))
    for points, place in zip(FIVE_OF_DENSE, places, strict=True):
        dense[list(points)] = place

    def run(frames):
        seen = []
        for k in range(len(frames)):
            points = align.transform(frame_matrix(*FRAMES[k // 2]), dense)
            if k % 2:  # the mirror image, whose points have other numbers
                points = (np.array([INPUT_SIZE - 1, 0]) + np.array([-1, 1]) * points)[list(MIRRORED)]
            seen.append((points / (INPUT_SIZE / 2) - 1).ravel())
        return np.stack(seen).astype(np.float32)

    return run


def test_the_points_are_those_of_the_dense_landmarks_in_the_photograph():
    moved = align.TEMPLATE + np.array([[2, 1], [-1, 0], [3, -2], [0, 2], [1, 1.0]])
    face = densely_aligned(IMAGE, choice(), finds(moved), 20)
    np.testing.assert_allclose(face.points, 3 * moved + np.array([40, 20]), atol=1e-3)
    assert face.score == 0.9 and face.warnings == ("largest_of_2",) and face.box.tolist() == [40, 20, 376, 356]


def test_an_alignment_that_was_right_stays():
    found = with_dense_points(lambda sample, image: choice(), finds(align.TEMPLATE), 20)("s", IMAGE)
    np.testing.assert_allclose(align.similarity(found.points)[0], align.similarity(DETECTED)[0], atol=1e-4)


@pytest.mark.parametrize(
    ("nose", "eyes", "reason"),
    [((90.0, 71.7), 20, "too_turned"), ((20.0, 71.7), 20, "too_turned"), ((56.0, 71.7), 200, "too_small")],
)
def test_faces_too_turned_or_too_small_are_refused(nose, eyes, reason):
    places = align.TEMPLATE.copy()
    places[2] = nose
    with pytest.raises(Unusable) as caught:
        densely_aligned(IMAGE, choice(), finds(places), eyes)
    assert caught.value.reason == reason and caught.value.detail


def test_points_on_one_line_are_refused():
    places = np.stack([np.linspace(20, 90, 5), np.full(5, 60.0)], axis=1)
    with pytest.raises(Unusable) as caught:
        densely_aligned(IMAGE, choice(), finds(places), 20)
    assert caught.value.reason == "bad_landmarks"


def test_the_offset_of_the_nose_is_the_measured_yaw():
    points = np.random.default_rng(0).normal(align.TEMPLATE, 4, (20, 5, 2))
    table = pd.DataFrame(points.reshape(20, 10), columns=POINTS).assign(sample_id=range(20))
    expected = pose_from_landmarks(table)["yaw_measured"]
    assert [nose_offset(p) for p in points] == pytest.approx(expected.tolist())


def test_on_a_portrait_two_alignments_agree_and_a_second_pass_changes_little(asset):
    image = skimage.data.astronaut()
    detector = make_detector("scrfd", asset("scrfd_500m.onnx"), 0.5, 1, "cpu")
    face = choose_face(detector, image, sizes=[256], several="largest", comparable_area=0.5, min_eye_distance=20)
    run = open_landmark_network(asset("landmarks_106.onnx"), threads=1)
    once = densely_aligned(image, face, run, 20)
    eyes = np.linalg.norm(once.points[1] - once.points[0])
    assert 0 < np.linalg.norm(once.points - face.points, axis=1).max() < 0.15 * eyes
    twice = densely_aligned(image, once, run, 20)
    assert np.linalg.norm(twice.points - once.points, axis=1).max() < 0.05 * eyes
    in_crop = five_points(detections(run, image, once.points).mean(axis=0))
    assert np.abs(in_crop.mean(axis=0) - align.TEMPLATE.mean(axis=0)).max() < 1.5


def test_the_config_asks_for_it(config, root):
    assert "alignment" not in load_study(config, root).config["faces"]
    config["faces"]["alignment"] = "dense"
    assert load_study(config, root).config["faces"]["alignment"] == "dense"
    config["faces"]["alignment"] = "sparse"
    with pytest.raises(InputError, match=r"faces.alignment' is 'sparse'; allowed: five_points, dense"):
        load_study(config, root)
