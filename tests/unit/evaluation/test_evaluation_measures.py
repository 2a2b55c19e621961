"""Measures against planted explanations: the change itself, noise, and the change turned upside down."""

from itertools import permutations

import numpy as np
import pytest
from gestalt_regions.evaluation.groups.regions import measured, region_changes
from gestalt_regions.evaluation.measure_registry import FLAT, MEASURES, RANDOM, _add, load_measures, per_image
from gestalt_regions.evaluation.measures import pixel_measures, recovery_measures
from gestalt_regions.evaluation.summary import pooled
from gestalt_regions.regions.coefficients import image_coefficients
from gestalt_regions.statistics.toolkit.bootstrap import Weights
from scipy import stats
from sklearn.metrics import average_precision_score, roc_auc_score

POLICIES = {"absolute": {"sign": "absolute", "scale": "raw"}, "minmax": {"sign": "absolute", "scale": "minmax"}}
COUNT, CHANGED, SIGNS = 12, 4.0, ["absolute", "absolute"]


@pytest.fixture
def planted():
    """200 faces of 12 regions (stripes of 24 x 24 pixels), each region changed by its own amount, half of them by
    little: (change maps [n,24,24], region map)."""
    rng = np.random.default_rng(4)
    regions = np.repeat(np.arange(COUNT + 1)[:, None], 24, axis=1).repeat(2, axis=0)[:24].astype(np.uint8)
    regions[:] = np.arange(24)[:, None] // 2 + 1
    amounts = np.where(
        rng.random((200, COUNT)) < 0.5, rng.uniform(0, 2, (200, COUNT)), rng.uniform(6, 30, (200, COUNT))
    )
    return amounts[:, regions - 1] + rng.uniform(0, 1, (200, 24, 24)), regions


def explanations(change, rng):
    """name -> stored map [2, s, s] of a face whose change map is `change`."""
    own = {"perfect": change, "inverted": change.max() - change, "random": rng.random(change.shape)}
    return {name: np.stack([relevance, relevance]) for name, relevance in own.items()}


def mean_scores(planted, values_of):
    rng, found = np.random.default_rng(7), {}
    for change in planted[0]:
        for kind, stored in explanations(change, rng).items():
            for name, value in values_of(stored, change).items():
                found.setdefault((kind, name), []).append(value)
    return {key: np.nanmean(values) for key, values in found.items()}


def test_recovery_tells_a_perfect_a_random_and_an_inverted_explanation_apart(planted):
    def values(stored, change):
        amount = region_changes(change, planted[1], COUNT)
        coefficients, _ = image_coefficients(stored, planted[1], COUNT, POLICIES)
        truth = {"amount": amount, "changed": amount > CHANGED}
        found = measured(per_image("recovery"), coefficients, truth, SIGNS)
        return {name: value[0] for name, value in found.items()}

    found = mean_scores(planted, values)
    assert found["perfect", "auc"] == found["perfect", "average_precision"] == 1
    assert found["perfect", "amount_spearman"] == pytest.approx(1)
    assert found["inverted", "auc"] == 0
    assert found["inverted", "amount_spearman"] == pytest.approx(-1)
    assert found["random", "auc"] == pytest.approx(0.5, abs=0.04)  # 4 standard errors
    assert found["random", "amount_spearman"] == pytest.approx(0, abs=4 * 0.3 / np.sqrt(200))
    precisions = [found[kind, "average_precision"] for kind in ("inverted", "random", "perfect")]
    assert precisions == sorted(precisions) and precisions[2] - precisions[0] > 0.4


def test_pixel_measures_tell_them_apart_too(planted):
    def values(stored, change):
        return {name: f(stored[1].ravel(), change.ravel() > CHANGED) for name, f in per_image("pixels").items()}

    found = mean_scores(planted, values)
    share = (planted[0] > CHANGED).mean()
    for name in per_image("pixels"):
        assert found["inverted", name] < found["random", name] < found["perfect", name], name
    for name in ("rank_accuracy", "pointing_game", "pixel_auc"):
        assert found["perfect", name] == 1 and found["inverted", name] <= 0.35, name
    assert found["random", "mass_accuracy"] == pytest.approx(share, abs=0.02)
    assert found["random", "rank_accuracy"] == pytest.approx(share, abs=0.02)
    assert found["random", "pixel_auc"] == pytest.approx(0.5, abs=0.02)


def test_a_uniform_map_scores_what_chance_gives():
    changed = np.arange(100) < 30
    flat = np.ones(100, np.float32)
    scores = {name: f(flat, changed) for name, f in per_image("pixels").items()}
    expected = {"mass_accuracy": 0.3, "rank_accuracy": 0.3, "pointing_game": 0.3, "pixel_auc": 0.5}
    assert scores == pytest.approx(expected)


@pytest.mark.parametrize("changed", [np.zeros(5, bool), np.ones(5, bool)])
def test_where_all_or_nothing_changed_there_is_no_answer(changed):
    scores, amount = np.arange(5.0), np.arange(5.0)
    assert np.isnan(recovery_measures.auc(scores, changed))
    assert np.isnan(recovery_measures.average_precision(scores, changed))
    assert (
        recovery_measures.amount_spearman(scores, amount)
        == recovery_measures.displacement_spearman(scores, amount)
        == pytest.approx(1)
    )
    for name, function in per_image("pixels").items():
        assert np.isnan(function(scores, changed)), name


def test_empty_maps_flat_coefficients_and_missing_regions():
    changed = np.array([1.0, 0, 1, np.nan])
    assert all(np.isnan(f(np.zeros(4), changed > 0)) for f in per_image("pixels").values())
    flat = np.full((1, 4), 0.3)
    truth = {"amount": np.array([9.0, 1, 8, np.nan]), "changed": changed}
    found = measured(per_image("recovery"), flat, truth, SIGNS[:1])
    assert found["auc"][0] == 0.5 and np.isnan(found["amount_spearman"][0])  # all tied
    assert "displacement_spearman" not in found  # unknown of these regions
    gone = measured(per_image("recovery"), np.array([[np.nan, 1, 2, 3]]), truth, SIGNS[:1])
    assert gone["auc"][0] == 1  # of the two regions that have both
    gone = measured(per_image("recovery"), np.array([[np.nan, np.nan, 2, 3]]), truth, SIGNS[:1])
    assert np.isnan(gone["auc"][0])


def test_a_measure_of_regions_takes_one_truth():
    with pytest.raises(TypeError, match="measure 'both' takes coefficients, amount, changed; it must take"):
        measured({"both": lambda coefficients, amount, changed: 0}, np.ones((1, 2)), {}, SIGNS[:1])


def test_area_and_precision_equal_scikit_learn():
    rng = np.random.default_rng(2)
    for _ in range(20):
        scores, truth = rng.integers(0, 5, 15).astype(float), rng.random(15) < 0.4
        truth[:2] = True, False
        assert recovery_measures.area_under_curve(scores, truth) == pytest.approx(roc_auc_score(truth, scores))
        untied = rng.permutation(15).astype(float)
        assert recovery_measures.average_precision(untied, truth) == pytest.approx(
            average_precision_score(truth, untied)
        )
        assert pixel_measures.pixel_auc(scores, truth) == pytest.approx(roc_auc_score(truth, scores))


def test_pooled_statistics_equal_scikit_learn_and_scipy_on_the_repeated_items():
    rng = np.random.default_rng(3)
    x, y = rng.integers(0, 6, 40).astype(float), (rng.random(40) < 0.4).astype(float)
    x[3], groups = np.nan, rng.integers(0, 9, 40)
    weights = Weights(groups.astype(str), 6, rng)
    oracles = {
        "auc": lambda a, b: roc_auc_score(b, a),
        "average_precision": lambda a, b: average_precision_score(b, a),
        "spearman": lambda a, b: stats.spearmanr(a, b).statistic,
    }
    for name, oracle in oracles.items():
        values, drawn = pooled.draws(name, np.stack([x, x**2, np.full(40, np.nan)]), y, weights, {"": None})[""]
        assert drawn.shape == (3, 6) and np.isnan(drawn[2]).all() and np.isnan(values[2])
        for value, draws, each in zip(values, drawn, (x, x**2), strict=False):
            assert value == pytest.approx(oracle(each[np.isfinite(x)], y[np.isfinite(x)]))
            for value, row in zip(draws, weights[:].astype(int), strict=True):
                again = np.repeat(np.arange(40), np.where(np.isfinite(x), row, 0))
                assert value == pytest.approx(oracle(each[again], y[again])), name
        all_true = pooled.draws(name, np.arange(3.0)[None], np.ones(3), Weights(list("aab"), 2, rng), {"": None})[""]
        assert np.isnan(all_true[0]).all() and np.isnan(all_true[1]).all()


def test_a_region_without_a_pixel_has_no_change():
    change, regions = np.full((4, 4), 2.0), np.ones((4, 4), np.uint8)
    regions[0] = 3
    assert region_changes(change, regions, 3) == pytest.approx([2, np.nan, 2], nan_ok=True)


def test_registered_measures_are_complete_and_no_two_have_one_name():
    for name, found in load_measures().items():
        assert found.name == name and found.paper and found.label
        assert found.range[0] < found.range[1]
        assert bool(found.run) != bool(found.pooled)
    from dataclasses import replace

    with pytest.raises(ValueError, match="two measures"):
        _add(replace(MEASURES["auc"], group="pixels"))
    with pytest.raises(ValueError, match="direction"):
        _add(replace(MEASURES["auc"], direction=0))
    with pytest.raises(ValueError, match="no group"):
        _add(replace(MEASURES["auc"], group="recoveri"))


def test_ties_in_average_precision_are_the_mean_over_all_orders():
    scores, truth = np.array([2.0, 1, 1, 1, 0, 0]), np.array([0, 1, 0, 1, 1, 0])
    orders = [(0, *upper, *lower) for upper in permutations((1, 2, 3)) for lower in permutations((4, 5))]
    each = [average_precision_score(truth[list(order)], -np.arange(6)) for order in orders]
    assert recovery_measures.average_precision(scores, truth) == pytest.approx(np.mean(each))


def test_random_maps_stand_for_chance_and_not_for_one_draw():
    """What theory gives is the mean over all orders of the regions."""
    truth = {"amount": np.array([9.0, 1, 8, 2, 0]), "changed": np.array([1.0, 0, 1, 0, 0])}
    orders = np.array(list(permutations(range(5))), float)
    each = measured(per_image("recovery"), orders, truth, ["absolute"] * len(orders))
    stands = measured(per_image("recovery", method=RANDOM), orders[:1], truth, ["absolute"])
    assert set(stands) == set(each)
    for name, values in each.items():
        assert stands[name][0] == pytest.approx(values.mean(), abs=1e-12), name
    all_changed = {"amount": np.full(5, 9.0), "changed": np.ones(5)}
    undefined = measured(per_image("recovery", method=RANDOM), orders[:1], all_changed, ["absolute"])
    assert np.isnan(list(undefined.values())).all()


def test_random_pixels_stand_for_chance():
    rng, changed = np.random.default_rng(4), np.arange(400) < 90
    for name, function in per_image("pixels").items():
        stands = per_image("pixels", method=RANDOM)[name](rng.random(400), changed)
        drawn = [function(rng.random(400), changed) for _ in range(400)]
        assert abs(np.mean(drawn) - stands) < 5 * np.std(drawn) / 20, name


def test_every_ranked_measure_has_chance_by_theory_or_by_draws():
    for name, entry in load_measures().items():
        assert entry.chance is not None or not entry.ranked, name
        assert isinstance(entry.chance, float) or entry.chance in (FLAT, RANDOM, None), name
