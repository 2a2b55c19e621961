"""The vectorised bootstraps against naive loops over resamples, with ties, undefined values and constant input."""

import numpy as np
import pandas as pd
import pingouin
import pytest
from gestalt_regions.core import scratch
from gestalt_regions.statistics.toolkit import bootstrap
from gestalt_regions.statistics.toolkit import spearman as module
from gestalt_regions.statistics.toolkit.bootstrap import (
    FEW,
    MIN_GROUPS,
    UNDEFINED,
    Weights,
    interval,
    mean_interval,
    no_interval,
    rank_biserial_draws,
    some_subjects,
)
from gestalt_regions.statistics.toolkit.spearman import resampled
from scipy import stats


@pytest.fixture
def drawn():
    """30 images of 12 kin groups and 3 syndromes, and how often each is drawn."""
    rng = np.random.default_rng(2)
    kin = rng.integers(0, 12, 30).astype(str)
    return rng, np.repeat(list("abc"), 10), Weights(kin, 40, rng)[:]


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
    x_weights, y_weights = (Weights(list(kin), 30, rng)[:] for kin in ("aabbccdde", "abcdefghijkkl"))
    found = rank_biserial_draws(x, y, x_weights, y_weights)
    for b in range(30):
        one, other = np.repeat(x, x_weights[b].astype(int)), np.repeat(y, y_weights[b].astype(int))
        assert found[b] == pytest.approx(pingouin.mwu(one, other)["RBC"].iloc[0])


def test_a_bootstrap_is_the_same_in_pieces(monkeypatch, tmp_path):
    """However large the cohort, a block of resamples at a time is in memory; the counts of its groups are in a file."""
    kin, x, y = list("aabbccdde"), np.arange(9.0), np.arange(9.0)[::-1] * 1.5

    def draw():
        rng = np.random.default_rng(6)
        weights = Weights(kin, 50, rng)
        return weights, rank_biserial_draws(x, y, weights, Weights(kin, 50, rng))

    whole = draw()
    monkeypatch.setattr(bootstrap, "BLOCK", 8 * 5 * 4)  # four resamples of five groups
    monkeypatch.setattr(bootstrap, "HELD", 8)
    monkeypatch.setattr(scratch, "folder", str(tmp_path))
    pieces = draw()
    assert len(list(whole[0].blocks())) > 12
    assert isinstance(pieces[0]._counts, scratch.Rows) and not list(tmp_path.iterdir())
    assert (whole[0][:] == pieces[0][:]).all() and (whole[1] == pieces[1]).all()
    assert (whole[0].mean(x) == pieces[0].mean(x)).all()
    assert (pieces[0][7:9] == whole[0][:][7:9]).all() and pieces[0][50:60].shape == (0, 9)
    weights = pieces[0][:]
    assert (weights[:, 0] == weights[:, 1]).all() and (weights[:, [0, 2, 4, 6, 8]].sum(axis=1) == 5).all()


def test_means_of_columns_leave_out_what_is_not_defined(monkeypatch):
    values = np.random.default_rng(1).normal(size=(9, 3))
    values[[0, 1, 5], 1], values[:, 2] = np.nan, np.nan
    weights = Weights(list("aabbccdde"), 50, np.random.default_rng(6))
    found = weights.means(values)
    defined = np.isfinite(values[:, 1])
    assert found[:, 0] == pytest.approx(weights.mean(values[:, 0])) and np.isnan(found[:, 2]).all()
    assert found[:, 1] == pytest.approx(weights.of(defined).mean(values[defined, 1]), nan_ok=True)
    monkeypatch.setattr(bootstrap, "BLOCK", 8 * 9 * 4)
    assert weights.means(values) == pytest.approx(found, rel=1e-12, nan_ok=True)


def test_weights_of_some_items_and_of_other_items_of_the_groups():
    weights = Weights(list("bbac"), 20, np.random.default_rng(3))
    assert (weights.of(np.array([True, False, True, False]))[:] == weights[:][:, [0, 2]]).all()
    assert (weights.of(np.array([3, 0]))[:] == weights[:][:, [3, 0]]).all()
    assert (weights.of_groups(["c", "a", "c"])[:] == weights[:][:, [3, 2, 3]]).all()
    with pytest.raises(KeyError, match="d"):
        weights.of_groups(["c", "d"])
    with pytest.raises(KeyError, match="zz"):
        weights.of_groups(pd.Series(["a", "zz"], index=[5, 9]))
    nobody = Weights([], 20, np.random.default_rng(3))
    assert nobody[:].shape == (20, 0) and np.isnan(nobody.mean(np.zeros(0))).all()


def test_nothing_drawn_is_nan():
    assert np.isnan(rank_biserial_draws(np.ones(2), np.ones(3), np.zeros((1, 2)), np.ones((1, 3)))).all()


def test_some_subjects_are_whole_and_do_not_depend_on_the_order_of_the_images():
    samples = pd.DataFrame({"subject_id": np.repeat([f"p{i}" for i in range(40)], 3)})
    assert some_subjects(samples, 0, np.random.default_rng(1)) == (sorted(samples["subject_id"].unique()), "")
    assert some_subjects(samples, 120, np.random.default_rng(1))[1] == ""
    found, note = some_subjects(samples, 50, np.random.default_rng(1))
    assert len(found) == 16 and note == "16 of 40 subjects, drawn at random (48 images)"
    assert some_subjects(samples[::-1], 50, np.random.default_rng(1))[0] == found
    assert some_subjects(samples, 50, np.random.default_rng(2))[0] != found


def test_few_groups_have_no_interval_and_a_note_says_why():
    draws = np.random.default_rng(1).normal(size=500)
    assert np.isnan(interval(draws, 0.95, MIN_GROUPS - 1)).all()
    low, high = interval(draws, 0.95, MIN_GROUPS)
    assert (low, high) == pytest.approx(tuple(np.quantile(draws, [0.025, 0.975])))
    assert no_interval(low, MIN_GROUPS) == "" and no_interval(np.nan, MIN_GROUPS - 1) == FEW
    assert no_interval(np.nan, MIN_GROUPS) == UNDEFINED


def test_groups_are_counted_that_have_a_value_not_all_that_are_drawn():
    weights = Weights(list("aabbcd"), 20, np.random.default_rng(1))
    values = np.array([[1, np.nan], [1, 2], [np.nan, 1], [np.nan, 1], [3, 3], [np.nan, np.nan]])
    assert weights.groups == 4 and weights.groups_with(values).tolist() == [2, 3]
    assert weights.of(np.isfinite(values[:, 0])).groups == 2 and weights.of_groups(["a", "a", "d"]).groups == 2


def test_the_interval_of_a_mean_of_few_values_is_students():
    values = np.array([0.91, 0.95, np.nan, 0.93, 0.9])
    known = values[np.isfinite(values)]
    expected = stats.t.interval(0.95, len(known) - 1, known.mean(), stats.sem(known))
    assert mean_interval(values, 0.95) == pytest.approx(expected)
    assert np.isnan(mean_interval(values[:1], 0.95)).all()
