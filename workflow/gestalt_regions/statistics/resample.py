"""Cluster bootstrap: whole kin groups are drawn, because images of one person or family are not independent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def cluster_weights(groups: Sequence[str], n_resamples: int, rng: np.random.Generator) -> np.ndarray:
    """How often each item is drawn in each resample: float64 [n_resamples, n items].

    As many groups as there are distinct ones are drawn with replacement; all items of a group share its count.
    """
    _, member = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    count = int(member.max()) + 1 if len(member) else 0
    if count == 0:
        return np.zeros((n_resamples, 0))
    return rng.multinomial(count, np.full(count, 1 / count), size=n_resamples)[:, member].astype(float)


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

    The mean sign of all weighted pairs, from sorted values and running sums of weights [B, n] and [B, m].
    """
    order = np.argsort(y, kind="stable")
    running = np.zeros((len(y_weights), len(y) + 1))
    np.cumsum(y_weights[:, order], axis=1, out=running[:, 1:])
    below, upto = (np.searchsorted(y[order], x, side=side) for side in ("left", "right"))
    size = x_weights.sum(axis=1) * running[:, -1]
    total = np.einsum("bn,bn->b", x_weights, running[:, below] + running[:, upto])
    return np.divide(total - size, size, out=np.full(len(size), np.nan), where=size > 0)
