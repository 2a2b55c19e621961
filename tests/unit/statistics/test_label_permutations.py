"""Permutations of labels against all permutations, against the exact chance of matches, and in time."""

import itertools
import time

import numpy as np
import pytest
from gestalt_regions.statistics.toolkit.label_permutations import count_reached, exact_top1_p, share_reached


def one_answer(predicted, classes):
    return np.eye(classes)[np.asarray(predicted)][:, :, None]


def test_exact_chance_of_matches_is_that_of_all_permutations():
    labels, predicted = [0, 0, 1, 1, 2, 2, 2], [0, 1, 1, 1, 2, 0, 2]
    matches = [sum(a == b for a, b in zip(p, predicted, strict=True)) for p in itertools.permutations(labels)]
    for hits in range(8):
        share = np.mean(np.asarray(matches) >= hits)
        assert exact_top1_p([2, 2, 3], [2, 3, 2], hits) == pytest.approx(share)


def test_many_permutations_tend_to_the_exact_chance():
    rng = np.random.default_rng(3)
    labels = np.repeat(np.arange(5), 5)
    predicted = np.where(rng.random(25) < 0.3, labels, rng.integers(0, 5, 25))
    observed, reached = count_reached(one_answer(predicted, 5), labels, 100_000, np.random.default_rng(0))
    exact = exact_top1_p([5] * 5, list(np.bincount(predicted, minlength=5)), int(observed[0]))
    assert observed[0] == (labels == predicted).sum()
    assert share_reached(reached[0], 100_000) == pytest.approx(exact, rel=0.1)


def test_ties_count_and_a_perfect_answer_has_a_bound():
    labels = np.repeat(np.arange(2), 20)
    every = np.ones((40, 2, 1))  # whatever the label, all are right
    perfect = one_answer(labels, 2)
    _, reached = count_reached(np.concatenate([every, perfect], axis=2), labels, 999, np.random.default_rng(0))
    assert list(reached) == [999, 0]
    assert list(share_reached(reached, 999)) == [1.0, 0.001]


def test_units_may_have_several_images_and_networks():
    hits = np.zeros((4, 2, 2))
    hits[:, 0, 0] = [3, 1, 0, 0]  # right answers of three networks, were the label 0
    hits[:, 1, 1] = 2
    observed, _ = count_reached(hits, np.array([0, 0, 1, 1]), 10, np.random.default_rng(0))
    assert list(observed) == [4, 4]


def test_a_million_permutations_take_seconds():
    labels = np.random.default_rng(0).integers(0, 92, 502)  # the paper's clinical test set
    hits = np.random.default_rng(1).random((502, 216, 3)) < 0.1
    started = time.process_time()
    count_reached(hits, labels, 20_000, np.random.default_rng(0))
    assert 50 * (time.process_time() - started) < 60
