"""The vectorised bootstraps against naive loops over resamples, with ties, undefined values and constant input."""

import numpy as np
import pandas as pd
import pingouin
import pytest
from gestalt_regions.statistics import resample
from gestalt_regions.statistics import spearman as module
from gestalt_regions.statistics.resample import cluster_weights, rank_biserial_draws
from gestalt_regions.statistics.spearman import resampled
from scipy import stats


@pytest.fixture
def drawn():
    """30 images of 12 kin groups and 3 syndromes, and how often each is drawn."""
    rng = np.random.default_rng(2)
    kin = rng.integers(0, 12, 30).astype(str)
    return rng, np.repeat(list("abc"), 10), cluster_weights(kin, 40, rng)


def naive_partial(x, y, groups):
    """Partial Spearman by pingouin, with dummies of the groups as covariates; plain Spearman by SciPy without."""
    if groups is None:
        return stats.spearmanr(x, y).statistic
    dummies = pd.get_dummies(pd.Series(groups), drop_first=True, dtype=float)
    frame = pd.DataFrame({"x": stats.rankdata(x), "y": stats.rankdata(y)}).join(dummies)
    return pingouin.partial_corr(frame, "x", "y", covar=list(dummies), method="pearson")["r"].iloc[0]


def test_resampled_correlations_equal_a_loop_over_resamples(drawn, monkeypatch):
    rng, groups, weights = drawn
    monkeypatch.setattr(module, "CHUNK", 7)  # several blocks, the last one short
    y = rng.integers(0, 4, 30).astype(float)
    cells = {"smooth": rng.normal(size=30), "ties": rng.integers(0, 3, 30) + 0.0, "gaps": rng.normal(size=30)}
    cells["gaps"][[3, 17]] = np.nan
    kinds = {"pooled": None, "within": groups}
    found = resampled(cells, y, weights, kinds)
    for kind, of in kinds.items():
        for key, x in cells.items():
            for b, row in enumerate(weights.astype(int)):
                again = np.repeat(np.arange(30), np.where(np.isfinite(x), row, 0))
                expected = naive_partial(x[again], y[again], None if of is None else of[again])
                assert found[kind][key][b] == pytest.approx(expected, abs=1e-9), (kind, key, b)


def test_constant_input_has_no_correlation_in_any_resample(drawn):
    rng, groups, weights = drawn
    by_group = np.repeat([1.0, 5.0, 9.0], 10)  # varies between groups only
    found = resampled({"x": by_group}, rng.normal(size=30), weights, {"pooled": None, "within": groups})
    assert np.isnan(found["within"]["x"]).all() and np.isfinite(found["pooled"]["x"]).all()
    constant = resampled({"x": np.full(30, 2.0)}, rng.normal(size=30), weights, {"pooled": None})
    assert np.isnan(constant["pooled"]["x"]).all()


@pytest.mark.parametrize("ties", [False, True])
def test_rank_biserial_of_resamples_equals_pingouin(ties):
    rng = np.random.default_rng(4)
    x, y = (rng.integers(0, 4, n).astype(float) if ties else rng.normal(size=n) for n in (9, 13))
    x_weights, y_weights = cluster_weights(list("aabbccdde"), 30, rng), cluster_weights(list("abcdefghijkkl"), 30, rng)
    found = rank_biserial_draws(x, y, x_weights, y_weights)
    for b in range(30):
        one, other = np.repeat(x, x_weights[b].astype(int)), np.repeat(y, y_weights[b].astype(int))
        assert found[b] == pytest.approx(pingouin.mwu(one, other)["RBC"].iloc[0])


def test_a_bootstrap_is_the_same_in_pieces(monkeypatch):
    """However large the cohort, a block of resamples at a time is in memory."""
    kin, x, y = list("aabbccdde"), np.arange(9.0), np.arange(9.0)[::-1] * 1.5

    def draw():
        rng = np.random.default_rng(6)
        weights = cluster_weights(kin, 50, rng)
        return weights, rank_biserial_draws(x, y, weights, cluster_weights(kin, 50, rng))

    whole = draw()
    monkeypatch.setattr(resample, "BLOCK", 8 * 5 * 4)  # four resamples of five groups
    assert len(list(resample.weight_blocks(kin, 50, np.random.default_rng(6)))) > 12
    pieces = draw()
    assert (whole[0] == pieces[0]).all() and (whole[1] == pieces[1]).all()
    assert (whole[0][:, 0] == whole[0][:, 1]).all() and (whole[0][:, [0, 2, 4, 6, 8]].sum(axis=1) == 5).all()


def test_nothing_drawn_is_nan():
    assert np.isnan(rank_biserial_draws(np.ones(2), np.ones(3), np.zeros((1, 2)), np.ones((1, 3)))).all()
