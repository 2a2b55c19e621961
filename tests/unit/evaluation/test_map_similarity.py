"""Similarity of maps and of coefficients: what is identical scores 1, what is unrelated about 0."""

import numpy as np
import pytest
from gestalt_regions.evaluation.perturb import map_similarity
from scipy.stats import spearmanr

RNG = np.random.default_rng(4)
MAPS = RNG.random((5, 24, 24))
OTHER = RNG.random((5, 24, 24))


@pytest.mark.parametrize("similarity", [map_similarity.rank_similarity, map_similarity.structure_similarity])
def test_identical_maps_score_one_and_unrelated_ones_about_zero(similarity):
    assert similarity(MAPS, MAPS) == pytest.approx(np.ones(5))
    assert similarity(MAPS, 3 * MAPS + 1) == pytest.approx(np.ones(5))
    assert np.abs(similarity(MAPS, OTHER)).max() < 0.15
    assert (similarity(MAPS, MAPS.max() - MAPS) < -0.5).all()


def test_rank_similarity_is_scipys_with_ties():
    coarse, others = np.round(MAPS, 1), np.round(OTHER + MAPS, 1)
    expected = [spearmanr(a.ravel(), b.ravel())[0] for a, b in zip(coarse, others, strict=True)]
    assert map_similarity.rank_similarity(coarse, others) == pytest.approx(expected)


def test_a_constant_map_has_no_rank_similarity():
    constant = np.ones((1, 24, 24))
    assert np.isnan(map_similarity.rank_similarity(constant, MAPS[:1])).all()
    assert np.isnan(map_similarity.rank_similarity(constant, constant)).all()


def test_coefficients_alike_and_apart():
    a = np.array([[1.0, 2, 3, 4], [1, 2, 3, np.nan], [1, 2, np.nan, np.nan], [2, 2, 2, 2]])
    assert map_similarity.coefficient_correlation(a, 2 * a)[:2] == pytest.approx([1, 1])
    assert np.isnan(map_similarity.coefficient_correlation(a, 2 * a)[2:]).all()
    assert map_similarity.coefficient_distance(a, a) == pytest.approx(np.zeros(4))
    assert map_similarity.coefficient_distance(a, 2 * a) == pytest.approx(np.ones(4))


def test_agreement_is_with_models_that_name_the_same_class():
    values = [np.arange(6.0), np.arange(6.0) ** 3, -np.arange(6.0), np.ones(6)]
    assert [v.tolist() for v in map_similarity.agreements(values[:2], ["KS", "KS"])] == [pytest.approx([1])] * 2
    apart = map_similarity.agreements(values[:3], ["KS", "NS", "KS"])
    assert [v.tolist() for v in apart] == [pytest.approx([-1]), [], pytest.approx([-1])]
    assert map_similarity.agreements(values[:3], ["KS"] * 3)[0] == pytest.approx([1, -1])
    assert [len(v) for v in map_similarity.agreements(values[1:], ["KS"] * 3)] == [
        1,
        1,
        0,
    ]  # a constant map agrees with none


@pytest.mark.filterwarnings("error")
def test_coefficients_without_a_region_in_common_have_no_correlation_and_nobody_is_warned():
    a = np.array([[1.0, 2.0, np.nan, np.nan], [np.nan] * 4])
    assert np.isnan(map_similarity.coefficient_correlation(a, a[:, ::-1])).all()
