"""Alignment: exact similarities, no aliasing, and label maps that keep their labels."""

import cv2
import numpy as np
import pytest
from gestalt_regions.faces import align
from gestalt_regions.faces.unusable import Unusable


def rotation(angle, scale, shift):
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[c, -s, shift[0]], [s, c, shift[1]], [0, 0, 1]])


def test_similarity_undoes_a_known_motion():
    moved = align.transform(rotation(0.4, 3.7, (120, -30)), align.TEMPLATE)
    matrix, residual = align.similarity(moved)
    assert residual < 1e-9
    np.testing.assert_allclose(align.transform(matrix, moved), align.TEMPLATE, atol=1e-9)


def test_similarity_is_the_least_squares_one():
    rng = np.random.default_rng(1)
    points = align.TEMPLATE * 2 + rng.normal(0, 4, (5, 2))
    matrix, residual = align.similarity(points)

    def rms(m):
        return np.sqrt(((align.transform(m, points) - align.TEMPLATE) ** 2).sum(axis=1).mean())

    assert residual == pytest.approx(rms(matrix))
    for _ in range(200):
        nearby = matrix @ rotation(rng.normal(0, 0.01), np.exp(rng.normal(0, 0.01)), rng.normal(0, 0.5, 2))
        assert rms(nearby) >= residual


@pytest.mark.parametrize("points", [np.zeros((5, 2)), np.full((5, 2), np.nan), align.TEMPLATE * [0, 0]])
def test_coinciding_landmarks_are_refused(points):
    with pytest.raises(Unusable) as caught:
        align.similarity(points)
    assert caught.value.reason == "bad_landmarks"


@pytest.mark.parametrize("size", [112, 224])
def test_identity_warp_keeps_pixels(size):
    image = np.random.default_rng(2).integers(0, 256, (size, size, 3), dtype=np.uint8)
    np.testing.assert_array_equal(align.warp(image, np.eye(3), size), image)


def test_downscaling_averages_instead_of_aliasing():
    stripes = np.zeros((800, 800, 3), np.uint8)
    stripes[:, ::2] = 255  # finer than the crop's pixels: any one sample is 0 or 255, their mean is grey
    crop = align.warp(stripes, rotation(0, 0.2, (0, 0)), 112)
    assert set(np.unique(crop[4:-4, 4:-4])) <= {102, 153}  # 2 or 3 white columns of 5


@pytest.mark.parametrize("scale", [0.11, 0.5, 0.9, 1.0, 2.3])
def test_warp_puts_a_spot_where_the_matrix_says(scale):
    image = np.zeros((1000, 1000, 3), np.uint8)
    radius = int(6 / scale) + 3
    cv2.circle(image, (500, 400), radius, (255, 255, 255), -1)
    matrix = rotation(0.5, scale, (0, 0))
    matrix[:2, 2] = np.array([60.25, 40.5]) - align.transform(matrix, np.array([500.0, 400.0]))
    crop = align.warp(image, matrix, 112)[..., 0].astype(float)
    y, x = np.mgrid[:112, :112]
    assert np.average(x, weights=crop) == pytest.approx(60.25, abs=0.1)
    assert np.average(y, weights=crop) == pytest.approx(40.5, abs=0.1)


def test_nearest_warp_invents_no_label_and_keeps_the_identity():
    rng = np.random.default_rng(3)
    labels = rng.choice(np.array([0, 3, 9], np.uint8), (96, 96))
    np.testing.assert_array_equal(align.warp_labels(labels, np.eye(3), 96), labels)
    for _ in range(20):
        matrix = rotation(rng.uniform(-1, 1), rng.uniform(0.3, 3), rng.uniform(-40, 40, 2))
        assert set(np.unique(align.warp_labels(labels, matrix, 112))) <= {0, 3, 9}


def test_labels_and_pixels_land_on_the_same_place():
    labels = np.zeros((300, 300), np.uint8)
    labels[100:180, 120:200] = 1
    matrix = rotation(0.2, 0.7, (10, -20))
    crop = align.warp(np.repeat(labels[..., None] * 255, 3, axis=2), matrix, 224)[..., 0] > 127
    warped = align.warp_labels(labels, matrix, 224) == 1
    assert (crop & warped).sum() / (crop | warped).sum() > 0.97


def test_margin_frame_holds_the_crop_in_its_middle():
    matrix = align.with_margin(384, 0.25)
    corners = align.transform(matrix, np.array([[0.0, 0.0], [112.0, 112.0]]))
    np.testing.assert_allclose(corners, [[64, 64], [320, 320]])


def test_outside_share():
    assert align.outside_share(np.eye(3), (112, 112)) == 0
    assert align.outside_share(np.eye(3), (112, 56)) == pytest.approx(0.5)
    assert align.outside_share(rotation(0, 1, (500, 0)), (112, 112)) == 1
