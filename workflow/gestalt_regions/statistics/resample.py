"""Cluster bootstrap: whole kin groups are drawn, because images of one person or family are not independent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

BLOCK = 64 << 20  # bytes of float64 that are held at a time, however many items and resamples there are


def draw_counts(count: int, n_resamples: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """How often each of `count` groups is drawn in each resample: int64 [some resamples, count], until there are all.

    As many groups are drawn, with replacement, as there are.
    """
    step = max(1, BLOCK // (8 * count))
    for start in range(0, n_resamples, step):
        yield rng.multinomial(count, np.full(count, 1 / count), size=min(step, n_resamples - start))


def weight_blocks(groups: Sequence[str], n_resamples: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """`cluster_weights`, some resamples at a time."""
    names, member = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    if len(names) == 0:
        yield np.zeros((n_resamples, 0))
        return
    for counts in draw_counts(len(names), n_resamples, rng):
        step = max(1, BLOCK // (8 * len(member)))
        for start in range(0, len(counts), step):
            yield counts[start : start + step, member].astype(float)


def cluster_weights(groups: Sequence[str], n_resamples: int, rng: np.random.Generator) -> np.ndarray:
    """How often each item is drawn in each resample: float64 [n_resamples, n items].

    As many groups as there are distinct ones are drawn with replacement; all items of a group share its count.
    """
    weights, start = np.empty((n_resamples, len(groups))), 0
    for block in weight_blocks(groups, n_resamples, rng):
        weights[start : start + len(block)] = block
        start += len(block)
    return weights


def mean_defined(values: np.ndarray, axis: int) -> np.ndarray:
    """Mean over `axis` of the values that are not NaN; NaN where there is none (and no warning)."""
    defined = np.isfinite(values)
    total, count = np.where(defined, values, 0.0).sum(axis=axis), defined.sum(axis=axis)
    return np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0)


def sd_defined(values: Sequence[float]) -> float:
    """Sample standard deviation (n - 1) of the values that are not NaN; NaN for fewer than two."""
    values = np.asarray(values, dtype=float)
    values = values[np.isfinite(values)]
    return float(np.std(values, ddof=1)) if len(values) > 1 else float("nan")


def interval(draws: np.ndarray, level: float) -> tuple[float, float]:
    """Percentile interval of the resamples in which the statistic is defined; NaN if that is under nine in ten."""
    finite = draws[np.isfinite(draws)]
    if len(finite) < 0.9 * len(draws) or len(finite) == 0:
        return float("nan"), float("nan")
    low, high = np.quantile(finite, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def rank_biserial_draws(x: np.ndarray, y: np.ndarray, x_weights: np.ndarray, y_weights: np.ndarray) -> np.ndarray:
    """Rank-biserial correlation of x [n] against y [m], positive where x is larger, in each weighted sample: [B].

    The mean sign of all weighted pairs, from sorted values and running sums of weights [B, n] and [B, m], numbers of
    any kind; some resamples at a time.
    """
    order = np.argsort(y, kind="stable")
    below, upto = (np.searchsorted(y[order], x, side=side) for side in ("left", "right"))
    found, step = np.empty(len(x_weights)), max(1, BLOCK // (8 * (len(x) + len(y) + 1)))
    for start in range(0, len(found), step):
        rows = slice(start, start + step)
        own, running = x_weights[rows].astype(float), np.zeros((len(y_weights[rows]), len(y) + 1))
        np.cumsum(y_weights[rows][:, order], axis=1, out=running[:, 1:])
        size = own.sum(axis=1) * running[:, -1]
        total = np.einsum("bn,bn->b", own, running[:, below] + running[:, upto])
        found[rows] = np.divide(total - size, size, out=np.full(len(size), np.nan), where=size > 0)
    return found


def rank_biserial(x: np.ndarray, y: np.ndarray) -> float:
    """Rank-biserial correlation of x [n] against y [m]: the mean sign of all differences x - y."""
    one = (np.ones((1, len(values)), np.int64) for values in (x, y))
    return float(rank_biserial_draws(x, y, *one)[0])
