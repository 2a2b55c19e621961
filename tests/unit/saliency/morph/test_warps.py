"""Warps: nothing changes nothing, no warp folds, and a warp brings landmarks where they should be."""

import numpy as np
import pytest
from gestalt_regions.saliency.morph import warps
from gestalt_regions.saliency.morph.landmark_regions import region_landmarks, region_masks, region_shares
from gestalt_regions.saliency.morph.shape_free import MeanShape

POINTS = np.random.default_rng(0).uniform(20, 90, (40, 2))


@pytest.mark.parametrize("side", [112, 224, 64])
def test_no_displacement_gives_the_picture_to_the_byte(side):
    picture = np.random.default_rng(1).integers(0, 256, (side, side, 3), dtype=np.uint8)
    field, share = warps.unfolded(warps.spline(POINTS), np.zeros_like(POINTS))
    assert share == 1
    assert np.array_equal(warps.warped(picture, field), picture)


@pytest.mark.parametrize("strength", [1, 5, 20, 80])
def test_a_warp_never_folds(strength):
    for seed in range(5):
        push = np.random.default_rng(seed).normal(0, strength, POINTS.shape)
        field, share = warps.unfolded(warps.spline(POINTS), push)
        assert warps.area_changes(field).min() > 0
        assert not warps.folds(field)
        assert share < 1 or strength < 80


def test_an_inverse_leads_back():
    push = np.random.default_rng(2).normal(0, 1, POINTS.shape)
    forward = warps.spread(warps.spline(POINTS), push)
    back = warps.inverse(forward)
    assert np.abs(back + warps.at(forward, warps.GRID + back)).max() < 0.1  # places are read to a 32nd of a pixel


def test_a_spot_moves_with_its_landmark():
    side, spots = 112, np.array([[30.0, 40], [80, 40], [55, 80], [20, 90], [90, 90], [55, 20]])
    picture = np.zeros((side, side), np.float32)
    picture[39:42, 29:32] = 1
    field, _ = warps.unfolded(warps.spline(spots), np.array([[6.0, 3]] + [[0, 0]] * 5))
    moved = warps.warped(picture, field)
    y, x = np.average(np.indices(moved.shape).reshape(2, -1), axis=1, weights=np.clip(moved, 0, None).ravel())
    assert (x, y) == pytest.approx((36, 43), abs=0.5)


def test_a_mean_shape_is_its_own_mirror_image():
    faces = POINTS + np.random.default_rng(3).normal(0, 0.1, (5, 40, 2))
    half = np.concatenate([faces, faces * [-1, 1] + [warps.SIDE - 1, 0]], 1)
    mean = MeanShape(half)
    assert np.array_equal(mean.partners[mean.partners], np.arange(80))
    assert mean.mirrored(mean.points) == pytest.approx(mean.points)
    assert np.array_equal(mean.face, mean.face[:, ::-1])


def test_a_landmark_belongs_to_the_smallest_region_that_often_has_it():
    ids = np.zeros((112, 112), np.uint8)
    ids[20:60, 20:90] = 1
    ids[30:40, 30:80] = 2
    still = np.zeros((warps.NODES, warps.NODES, 2), np.float32)
    shares = region_shares([ids, ids, np.where(ids == 2, 1, ids).astype(np.uint8)], [still] * 3, 3)
    points = np.array([[25.0, 25], [55, 35], [5, 5]])
    assert region_landmarks(shares, points).tolist() == [[True, False, False], [False, True, False], [False] * 3]
    masks = region_masks(shares)
    assert masks.shape == (3, 112, 112)
    assert masks[1, 35, 55] == pytest.approx(1, abs=0.02)
    assert not masks[2].any()
