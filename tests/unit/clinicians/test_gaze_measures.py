"""Measures of maps against gaze, by hand on planted maps."""

from __future__ import annotations

import numpy as np
import pytest
from gestalt_regions.clinicians.eye_tracking import duong_measures, gaze_measures
from gestalt_regions.clinicians.eye_tracking.gaze_measures import EPSILON

PLANTED = np.array([[0.0, 1.0], [2.0, 5.0]])
AT = (np.array([1, 0]), np.array([1, 1]))  # the pixels with 5 and 1


def test_nss_is_the_standardised_map_at_fixations():
    spread = np.sqrt((4 + 1 + 0 + 9) / 4)
    assert gaze_measures.nss(PLANTED, AT) == pytest.approx([3 / spread, -1 / spread])


def test_auc_judd_counts_pixels_nobody_looked_at():
    looked_at = np.zeros((2, 2), bool)
    looked_at[AT] = True
    assert gaze_measures.auc_judd(PLANTED, AT, looked_at) == pytest.approx([1, 0.5])  # 5 > 0, 2; 1 > 0 alone
    ties = np.array([[3.0, 1.0], [1.0, 3.0]])
    assert gaze_measures.auc_judd(ties, AT, looked_at) == pytest.approx([0.75, 0.25])


def test_shuffled_auc_counts_places_looked_at_elsewhere():
    elsewhere = (np.array([1, 1, 1, 0]), np.array([1, 1, 0, 0]))  # 5, 5, 2, 0
    assert gaze_measures.auc_shuffled(PLANTED, AT, elsewhere) == pytest.approx([0.75, 0.25])
    nowhere = (np.zeros(0, int), np.zeros(0, int))
    assert np.isnan(gaze_measures.auc_shuffled(PLANTED, AT, nowhere)).all()


def test_information_gain_is_bits_over_the_baseline():
    uniform = np.ones((2, 2))
    expected = np.log2((0.99 * 5 / 8 + 0.01 / 4) / 0.25)
    assert gaze_measures.information_gain(PLANTED, AT, uniform)[0] == pytest.approx(expected)
    assert gaze_measures.information_gain(PLANTED, AT, PLANTED) == pytest.approx([0, 0])


def test_cc_sim_and_kl_of_two_distributions():
    gaze = np.array([[[0.0, 0.25], [0.25, 0.5]], [[1.0, 0.0], [0.0, 0.0]]])
    p = PLANTED / 8
    assert gaze_measures.cc(PLANTED, gaze) == pytest.approx([np.corrcoef(p.ravel(), g.ravel())[0, 1] for g in gaze])
    assert gaze_measures.sim(PLANTED, gaze) == pytest.approx([0.125 + 0.25 + 0.5, 0])
    bylinskii = [(g * np.log(EPSILON + g / (EPSILON + p))).sum() for g in gaze]
    assert gaze_measures.kl(PLANTED, gaze) == pytest.approx(bylinskii, abs=1e-5)
    assert gaze_measures.kl(PLANTED, gaze)[1] == pytest.approx(-np.log(EPSILON))  # looked at where the map is 0


@pytest.mark.parametrize("flat", [np.zeros((4, 4)), np.full((4, 4), 0.1), np.ones((4, 4))])
def test_a_flat_map_has_the_value_of_chance(flat):
    looked_at = np.zeros((4, 4), bool)
    looked_at[AT] = True
    gaze = np.zeros((1, 4, 4))
    gaze[0, 1, 1] = 1
    assert (gaze_measures.nss(flat, AT) == 0).all()
    assert (gaze_measures.auc_judd(flat, AT, looked_at) == 0.5).all()
    assert gaze_measures.cc(flat, gaze)[0] == 0
    assert gaze_measures.sim(flat, gaze)[0] == pytest.approx(1 / 16)
    assert gaze_measures.kl(flat, gaze)[0] == pytest.approx(np.log(16), abs=1e-4)


def test_the_map_itself_is_the_best_for_every_measure_of_densities():
    rng = np.random.default_rng(1)
    gaze = rng.random((1, 20, 20)) ** 3
    gaze /= gaze.sum()
    other = rng.random((20, 20))
    for name, function in gaze_measures.OF_DENSITY.items():
        better = gaze_measures.MEASURES[name].direction
        assert better * function(gaze[0], gaze)[0] > better * function(other, gaze)[0], name
    assert gaze_measures.cc(gaze[0], gaze)[0] == pytest.approx(1)
    assert gaze_measures.sim(gaze[0], gaze)[0] == pytest.approx(1)
    assert gaze_measures.kl(gaze[0], gaze)[0] == pytest.approx(0, abs=1e-3)


def test_iou_and_symmetric_kl_by_hand():
    first, second = np.array([True, True, False, False]), np.array([False, True, True, False])
    assert duong_measures.iou(first, second) == pytest.approx(1 / 3)
    assert duong_measures.iou(first & ~first, second & ~second) == 0
    p, q = np.array([0.75, 0.25]), np.array([0.25, 0.75])
    assert duong_measures.symmetric_kl(p, q) == pytest.approx(2 * 0.5 * np.log(3), abs=1e-5)
    assert duong_measures.symmetric_kl(p, 8 * p) == 0


def test_the_published_processing_of_gaze():
    """Of 720 pixels a side the box has 10; here the map is so small that it has one, and nothing is smoothed."""
    density = np.zeros((8, 8))
    density[0, :3] = [1, 0.5, 0.03]  # 255, 127.5 and 7.65 grey levels: the last is faint
    levels, region = duong_measures.looked_at(density, 70)
    # mean of the two 191.25 becomes 76.5: 102 and 51, of which the cut takes 51; above 76.5 is looked at
    assert levels[0, :3].tolist() == [102, 0, 0]
    assert region.sum() == 1 and region[0, 0]
    assert duong_measures.looked_at(density, 110)[1].sum() == 0
    levels, region = duong_measures.salient(density)
    assert levels[0, :3].tolist() == [255, 127.5, 0] and region.sum() == 2


def test_smoothing_scales_with_the_side_of_the_map():
    density = np.zeros((144, 144))  # boxes of 2 and 4 pixels
    density[72, 72] = 1
    assert np.count_nonzero(duong_measures.salient(density)[0] > 1e-9) == 16
