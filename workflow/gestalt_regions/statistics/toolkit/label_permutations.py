"""The permutation test of an accuracy: the labels of the test images are shuffled, the answers stay.

A million permutations take seconds: the labels of many permutations are drawn at once, and the hits of all statistics
are counted by one product of sparse matrices.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, factorial

import numpy as np
from scipy import sparse

BLOCK = 1 << 20  # labels drawn at once


def count_reached(
    hits: np.ndarray, labels: np.ndarray, permutations: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """How many permutations of the labels give as many hits as the labels themselves, or more.

    Parameters
    ----------
    hits : numpy.ndarray
        Hits of each unit, were it of each class, for each statistic: whole numbers [units, classes, statistics].
    labels : numpy.ndarray
        int [units]: the place of each unit's class.
    permutations : int
        How many are drawn.
    rng : numpy.random.Generator
        Draws them.

    Returns
    -------
    observed : numpy.ndarray
        float64 [statistics]: hits of the labels as they are.
    reached : numpy.ndarray
        int64 [statistics]: permutations with at least as many.
    """
    units, classes, statistics = hits.shape
    # float32 holds whole numbers up to 2^24 exactly, so equal sums are equal
    flat = np.ascontiguousarray(hits.reshape(units * classes, statistics), dtype=np.float32)
    places = (np.arange(units) * classes).astype(np.int32)
    observed = flat[places + labels].sum(axis=0, dtype=np.float64)
    reached, step = np.zeros(statistics, np.int64), max(1, BLOCK // max(1, units))
    for start in range(0, permutations, step):
        size = min(step, permutations - start)
        drawn = rng.permuted(np.broadcast_to(labels.astype(np.int32), (size, units)), axis=1)
        ends = np.arange(0, size * units + 1, units, dtype=np.int32)
        ones = np.ones(size * units, np.float32)
        chosen = sparse.csr_matrix((ones, (drawn + places).ravel(), ends), shape=(size, units * classes))
        reached += ((chosen @ flat) >= observed).sum(axis=0)
    return observed, reached


def share_reached(reached: np.ndarray | int, permutations: int) -> np.ndarray:
    """p of a permutation test; where no permutation reaches the observed value, it is a bound.

    Parameters
    ----------
    reached : numpy.ndarray or int
        Permutations that reach the observed value.
    permutations : int
        How many were drawn.

    Returns
    -------
    numpy.ndarray
        (b + 1) / (m + 1), which is never 0 (Phipson and Smyth, 2010).
    """
    return (np.asarray(reached) + 1) / (permutations + 1)


def exact_top1_p(labels: Sequence[int], predicted: Sequence[int], hits: int) -> float:
    """The p that permutations of the labels tend to, for one answer an image: the chance of so many matches or more.

    The number of ways to place j matches of a class with a images that is predicted b times is C(a, j) C(b, j) j!. The
    product over classes gives r_j, the ways to place j matches; with sum_{j >= m} (-1)^(j - m) C(j, m) r_j (n - j)! of
    the n! permutations exactly m images match (Riordan, An Introduction to Combinatorial Analysis, 1958, chapter 7).

    Parameters
    ----------
    labels : sequence of int
        Images of each class.
    predicted : sequence of int
        How often each class is predicted.
    hits : int
        Matches.

    Returns
    -------
    float
        0 to 1.
    """
    n, placed = sum(labels), [1]
    for a, b in zip(labels, predicted, strict=True):
        ways = [comb(a, j) * comb(b, j) * factorial(j) for j in range(min(a, b) + 1)]
        product = [0] * (len(placed) + len(ways) - 1)
        for i, x in enumerate(placed):
            for j, y in enumerate(ways):
                product[i + j] += x * y
        placed = product
    weighted = [r * factorial(n - j) for j, r in enumerate(placed)]
    # P(at least m) = sum_{j >= m} (-1)^(j - m) C(j - 1, m - 1) r_j (n - j)! / n!
    if hits <= 0:
        return 1.0
    tail = sum((-1) ** (j - hits) * comb(j - 1, hits - 1) * weighted[j] for j in range(hits, len(weighted)))
    # as a ratio of whole numbers: neither need fit a float
    return _ratio(tail, factorial(n))


def _ratio(above: int, below: int) -> float:
    """The ratio of two whole numbers of any size."""
    try:
        return above / below
    except OverflowError:
        return 0.0
