"""Statistics over all images and regions at once, in every resample of whole kin groups.

Items are sorted once; an item's rank in a resample is then a running sum of the weights of those before it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gestalt_regions.statistics.toolkit import bootstrap
from gestalt_regions.statistics.toolkit.bootstrap import Weights
from gestalt_regions.statistics.toolkit.spearman import CHUNK, resampled


def _below(values: np.ndarray, others: np.ndarray, weights: np.ndarray, share: float = 0.5) -> np.ndarray:
    """How many of `others` [m] are smaller than each of `values` [n], in each resample: float64 [n, B].

    Equal ones count `share`; weights [m, B].
    """
    order = np.argsort(others, kind="stable")
    running = np.zeros((len(others) + 1, weights.shape[1]))
    np.cumsum(weights[order], axis=0, out=running[1:])
    left, right = (np.searchsorted(others[order], values, side=side) for side in ("left", "right"))
    return (1 - share) * running[left] + share * running[right]


def _auc(scores: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Area under the curve [B] of scores [n] for truth (0 or 1) [n] in each weighted sample, weights [n, B]."""
    true = truth > 0.5
    hits, others = weights[true], weights[~true]
    right = np.einsum("nb,nb->b", hits, _below(scores[true], scores[~true], others))
    possible = hits.sum(axis=0) * others.sum(axis=0)
    return np.divide(right, possible, out=np.full(len(right), np.nan), where=possible > 0)


def _average_precision(scores: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Average precision [B], tied scores entering together; NaN where the true or the false ones are missing."""
    true = truth > 0.5
    at, hit_weights = -scores[true], weights[true]
    hits = _below(at, at, hit_weights, share=1)  # true items at or above each true one
    seen = _below(at, -scores, weights, share=1)
    value = np.einsum("nb,nb->b", hit_weights, np.divide(hits, seen, out=np.zeros_like(hits), where=seen > 0))
    total, all_of_them = hit_weights.sum(axis=0), weights.sum(axis=0)
    return np.divide(value, total, out=np.full(len(value), np.nan), where=(total > 0) & (total < all_of_them))


def _each(statistic: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]) -> Statistic:
    """`statistic` of one x in weighted samples [n, some], for several and all resamples: [k, B]."""

    def of(xs: np.ndarray, y: np.ndarray, weights: Weights | np.ndarray) -> np.ndarray:
        step = max(1, min(CHUNK, bootstrap.BLOCK // (8 * len(y))))
        blocks = (weights[start : start + step].T for start in range(0, len(weights), step))
        return np.concatenate([[statistic(x, y, block) for x in xs] for block in blocks], axis=1)

    return of


def _rank_correlation(xs: np.ndarray, y: np.ndarray, weights: Weights | np.ndarray) -> np.ndarray:
    """Spearman correlation [k, B]."""
    return np.array(list(resampled(dict(enumerate(xs)), y, weights, {"": None})[""].values()))


Statistic = Callable[
    [np.ndarray, np.ndarray, Weights | np.ndarray], np.ndarray
]  # xs [k, n], y [n], weights of n items -> [k, B]

STATISTICS: dict[str, Statistic] = {
    "auc": _each(_auc),
    "average_precision": _each(_average_precision),
    "spearman": _rank_correlation,
}


def draws(statistic: str, xs: np.ndarray, y: np.ndarray, weights: Weights) -> tuple[np.ndarray, np.ndarray]:
    """A statistic in all items and in each resample.

    Parameters
    ----------
    statistic : str
        Of STATISTICS.
    xs : ndarray
        [k, n]: k scores of n items.
    y : ndarray
        [n]: what is known of the items. Only items count at which x and y are defined.
    weights : Weights
        Of the n items in each of B resamples.

    Returns
    -------
    tuple of ndarray
        The statistic of each x as it is [k], and in each resample [k, B]; NaN without any item.
    """
    values, drawn = np.full(len(xs), np.nan), np.full((len(xs), len(weights)), np.nan)
    defined = np.isfinite(xs) & np.isfinite(y)
    for kept in np.unique(defined, axis=0):
        if kept.any():
            which, calculate = (defined == kept).all(axis=1), STATISTICS[statistic]
            items = xs[which][:, kept], y[kept]
            values[which] = calculate(*items, np.ones((1, kept.sum())))[:, 0]
            drawn[which] = calculate(*items, weights.of(kept))
    return values, drawn
