"""Tests of two shares by their formulas, and intervals by the bootstrap itself."""

import math

import numpy as np
import pytest
from gestalt_regions.statistics.toolkit import proportions
from gestalt_regions.statistics.toolkit.bootstrap import Weights, percentiles
from scipy import stats


def two_sided(z):
    return 2 * stats.norm.sf(abs(z))


def test_forms_by_their_formulas():
    share, n, stated = 23 / 25, 25, 0.71
    gap, mean = share - stated, (share + stated) / 2
    variances = {
        proportions.UNPOOLED: (share * (1 - share) + stated * (1 - stated)) / n,
        proportions.POOLED: mean * (1 - mean) * 2 / n,
        proportions.KNOWN: stated * (1 - stated) / n,
        proportions.OWN: share * (1 - share) / n,
    }
    assert set(variances) == set(proportions.FORMS)
    for form, variance in variances.items():
        p = proportions.proportions_p(share, n, stated, n, form)
        assert p == pytest.approx(two_sided(gap / math.sqrt(variance))), form


def test_what_has_no_variance_or_no_image_has_no_p():
    assert np.isnan(proportions.proportions_p(1.0, 9, 0.7, 9, proportions.OWN))
    assert np.isnan(proportions.proportions_p(0.5, 0, 0.7, 9, proportions.KNOWN))
    with pytest.raises(KeyError):
        proportions.proportions_p(0.5, 4, 0.7, 4, "three samples")


# of 16 of 25, 0.9745 of the draws are 80 % or less: 10,000 draws give 80 or 84
@pytest.mark.parametrize(("hits", "n", "apart"), [(31, 32, 0), (22, 23, 0), (16, 25, 1), (9, 9, 0)])
def test_bootstrap_of_images_tends_to_the_binomial(hits, n, apart):
    right = (np.arange(n) < hits).astype(float)
    draws = Weights([str(i) for i in range(n)], 10_000, np.random.default_rng(0)).mean(right)
    expected = [proportions.bootstrap_quantile(hits, n, q) for q in (0.025, 0.975)]
    assert percentiles(draws, 0.95) == pytest.approx(expected, abs=apart / n + 1e-9)


def test_exact_interval_has_a_width_where_all_are_right():
    low, high = proportions.exact_interval(9, 9, 0.95)
    assert low == pytest.approx(0.025 ** (1 / 9)) and high == 1
