"""Matching on encodings whose ranks are known by hand, against brute force, and whatever the order of the gallery."""

from __future__ import annotations

import numpy as np
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_array
from gestalt_regions.matching import nearest
from scipy.spatial.distance import cdist


def unit(array):
    array = np.asarray(array, np.float32)
    return array / np.linalg.norm(array, axis=-1, keepdims=True)


def ranks(distances, truth, gallery, classes, queries, k=1):
    exact = lambda q, c: nearest.exact_distance(gallery, np.flatnonzero(classes == c), queries, q, k)  # noqa: E731
    return nearest.ranks(distances, np.asarray(truth), exact).tolist()


def planted():
    """Four gallery images of three disorders on a circle, and two queries near 0 degrees."""
    angles = np.radians([10, 50, 100, 20])
    gallery = unit(np.c_[np.cos(angles), np.sin(angles)])[:, None]
    queries = unit([[1, 0], [np.cos(np.radians(90)), np.sin(np.radians(90))]])[:, None]
    return [gallery], np.array([0, 1, 2, 1]), [queries]


def test_ranks_known_by_hand():
    gallery, classes, queries = planted()
    distances = nearest.disorder_distances(gallery, classes, queries)
    expected = 1 - np.cos(np.radians([[10, 20, 100], [80, 40, 10]]))
    np.testing.assert_allclose(distances, expected, atol=1e-6)
    assert ranks(distances, [0, 0], gallery, classes, queries) == [1, 3]
    assert nearest.first_places(distances, 2).tolist() == [[0, 1], [2, 1]]
    assert [row for row, _ in nearest.nearest_images(gallery, np.array([1, 3]), queries, [0, 1])] == [3, 1]


def test_two_nearest_of_each_disorder():
    gallery, classes, queries = planted()
    distances = nearest.disorder_distances(gallery, classes, queries, k=2)
    both = 1 - (np.cos(np.radians(50)) + np.cos(np.radians(20))) / 2
    np.testing.assert_allclose(distances[0], [1 - np.cos(np.radians(10)), both, 1 - np.cos(np.radians(100))], atol=1e-6)


def brute(gallery, classes, queries, k):
    """Distances of each pair for each vector by SciPy, averaged; the whole gallery sorted for every query."""
    each = [cdist(q[:, v], g[:, v], "cosine") for g, q in zip(gallery, queries, strict=True) for v in range(g.shape[1])]
    mean = np.mean(each, axis=0)
    result = np.full((len(mean), classes.max() + 1), np.inf)
    for row, values in enumerate(mean):
        for disorder in np.unique(classes):
            result[row, disorder] = np.sort(values[classes == disorder])[:k].mean()
    return result


def random_case(seed, images=90, disorders=11, asked=13):
    rng = np.random.default_rng(seed)
    gallery = [unit(rng.standard_normal((images, 4, d))) for d in (16, 8)]
    queries = [unit(rng.standard_normal((asked, 4, d))) for d in (16, 8)]
    classes = np.r_[np.arange(disorders), rng.integers(0, disorders, images - disorders)]
    return gallery, classes, queries, rng.integers(0, disorders, asked)


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("block", [1, 20_000, 1 << 25])
def test_agrees_with_brute_force_whatever_the_block(monkeypatch, k, block):
    monkeypatch.setattr(nearest, "BLOCK", block)
    monkeypatch.setattr(nearest, "FEWEST_ROWS", 7)
    gallery, classes, queries, truth = random_case(k)
    expected = brute(gallery, classes, queries, k)
    distances = nearest.disorder_distances(gallery, classes, queries, k)
    np.testing.assert_allclose(distances, expected, atol=2e-6)
    order = np.argsort(expected, axis=1)
    by_sorting = [int(np.flatnonzero(order[i] == truth[i])[0]) + 1 for i in range(len(truth))]
    assert ranks(distances, truth, gallery, classes, queries, k) == by_sorting


def test_the_order_of_the_gallery_changes_nothing():
    gallery, classes, queries, truth = random_case(5)
    order = np.random.default_rng(1).permutation(len(classes))
    shuffled, moved = [g[order] for g in gallery], classes[order]
    first = ranks(nearest.disorder_distances(gallery, classes, queries), truth, gallery, classes, queries)
    assert first == ranks(nearest.disorder_distances(shuffled, moved, queries), truth, shuffled, moved, queries)
    chosen = nearest.disorder_distances(gallery, moved, queries, rows=order)
    assert first == ranks(chosen, truth, gallery, classes, queries)


@pytest.mark.parametrize("k", [1, 2])
def test_galleries_that_share_images_are_matched_at_once(monkeypatch, k):
    """Splits: each as if it were matched alone, in blocks of which some hold nothing of a split."""
    monkeypatch.setattr(nearest, "BLOCK", 1)
    monkeypatch.setattr(nearest, "FEWEST_ROWS", 7)
    gallery, classes, queries, _ = random_case(9)
    rng = np.random.default_rng(2)
    splits = np.where(rng.random((3, len(classes))) < 0.6, classes, -1)
    splits[0, :30] = -1
    splits[1, classes == 4] = -1
    found = nearest.disorder_distances(gallery, splits, queries, k)
    assert found.shape == (3, len(queries[0]), 11) and np.isinf(found[1, :, 4]).all()
    for own, near in zip(splits, found, strict=True):
        there = own >= 0
        expected = brute([stack[there] for stack in gallery], own[there], queries, k)
        np.testing.assert_allclose(near[:, : expected.shape[1]], expected, atol=2e-6)


def test_a_tie_counts_against_the_true_disorder():
    vector = unit([[[0.6, 0.8]]])
    gallery, classes = [np.repeat(vector, 3, axis=0)], np.arange(3)
    distances = nearest.disorder_distances(gallery, classes, [vector])
    assert [ranks(distances, [truth], gallery, classes, [vector]) for truth in range(3)] == [[3]] * 3
    assert nearest.first_places(distances, 3).tolist() == [[0, 1, 2]]


def test_what_single_precision_confuses_is_decided_in_double_precision():
    """Two disorders whose distances differ by 1e-8, as one component of their vectors does."""
    near, far = [0.6, 0.8, 0.0], [0.6, 0.8 - 1e-7, 0.0]
    gallery, classes = [np.array([[far], [near]], np.float32)], np.array([0, 1])
    query = [np.array([[near]], np.float32)]
    distances = nearest.disorder_distances(gallery, classes, query)
    assert abs(distances[0, 0] - distances[0, 1]) < nearest.CLOSE
    assert ranks(distances, [0], gallery, classes, query) == [2]
    assert ranks(distances, [1], gallery, classes, query) == [1]


def test_a_disorder_without_an_image_is_infinitely_far_and_no_query_may_have_it():
    gallery, _, queries = planted()
    distances = nearest.disorder_distances(gallery, np.array([0, 2, 2, 2]), queries)
    assert np.isinf(distances[:, 1]).all() and np.isfinite(distances[:, [0, 2]]).all()
    with pytest.raises(InputError, match="no image in the gallery"):
        ranks(distances, [1, 0], gallery, np.array([0, 2, 2, 2]), queries)


def test_a_large_gallery_is_read_in_blocks(tmp_path, monkeypatch):
    """From a file, and never more of it at a time than the bound."""
    gallery, classes, queries, _ = random_case(7, images=600)
    np.save(tmp_path / "gallery.npy", gallery[0])
    stack = np.load(tmp_path / "gallery.npy", mmap_mode="r")
    monkeypatch.setattr(nearest, "BLOCK", 4 * 50 * (64 + 13))
    monkeypatch.setattr(nearest, "FEWEST_ROWS", 1)
    read = []
    inner = nearest.similarities
    monkeypatch.setattr(nearest, "similarities", lambda part, asked: read.append(len(part[0])) or inner(part, asked))
    distances = nearest.disorder_distances([stack], classes, queries[:1])
    assert sum(read) == 600 and max(read) == 50
    np.testing.assert_allclose(distances, brute(gallery[:1], classes, queries[:1], 1), atol=2e-6)


def test_what_was_read_of_a_file_is_given_back(tmp_path, monkeypatch):
    """A view of a stack, as a system has it, is no memory map itself; arrays in memory are left alone."""
    rows = unit(np.random.default_rng(0).normal(size=(9, 2 * 5))).reshape(9, 2, 5).astype(np.float32)
    np.save(tmp_path / "one.npy", rows)
    given_back = []
    advised = nearest.mmap.mmap

    class Seen(advised):
        def madvise(self, *arguments):
            given_back.append(arguments)
            return super().madvise(*arguments)

    monkeypatch.setattr(nearest.mmap, "mmap", Seen)
    stack = read_array(tmp_path / "one.npy")[:, slice(None)]
    classes = np.arange(9) % 3
    read = nearest.disorder_distances([stack], classes, [rows[:2]])
    assert given_back and not isinstance(stack, np.memmap)
    given_back.clear()
    assert (nearest.disorder_distances([rows], classes, [rows[:2]]) == read).all() and not given_back
