"""Statistics over all images and regions at once, in every resample of whole kin groups.

All items of a group share a weight, so a statistic needs only how many items of each group lie below an item: sums over
groups (matrix products) take the place of sorting every resample.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gestalt_regions.statistics.spearman import CHUNK, Ranked, correlation, membership


def below(values: np.ndarray, others: np.ndarray, groups: np.ndarray, count: int, share: float = 0.5) -> np.ndarray:
    """How many of `others` [m], in each of their groups 0..count-1 [m], are smaller than each of `values` [n], equal
    ones counting `share`: float64 [count, n]."""
    levels = np.unique(others)
    where = np.searchsorted(levels, others)
    counts = np.bincount(groups * len(levels) + where, minlength=count * len(levels)).reshape(count, len(levels))
    upto = np.concatenate([np.zeros((count, 1)), np.cumsum(counts, axis=1)], axis=1)
    left, right = (np.searchsorted(levels, values, side=side) for side in ("left", "right"))
    return (1 - share) * upto[:, left] + share * upto[:, right]


def auc(scores: np.ndarray, truth: np.ndarray, groups: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Area under the curve [B] of scores [n] for truth (0 or 1) [n] in each sample of groups, weights [B, groups]."""
    true, count = truth > 0.5, weights.shape[1]
    beaten = below(scores[true], scores[~true], groups[~true], count)
    pairs = np.stack([np.bincount(groups[true], weights=row, minlength=count) for row in beaten])  # false x true
    right = np.einsum("bh,hg,bg->b", weights, pairs, weights, optimize=True)
    sizes = [weights @ np.bincount(groups[kind], minlength=count) for kind in (true, ~true)]
    possible = sizes[0] * sizes[1]
    return np.divide(right, possible, out=np.full(len(weights), np.nan), where=possible > 0)


def average_precision(scores: np.ndarray, truth: np.ndarray, groups: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Average precision [B], tied scores entering together; NaN where the true or the false ones are missing."""
    true, count = truth > 0.5, weights.shape[1]
    at = -scores[true]
    hits = weights @ below(at, at, groups[true], count, share=1)  # true items at or above each true one
    seen = weights @ below(at, -scores, groups, count, share=1)
    own = weights[:, groups[true]]
    value = (own * np.divide(hits, seen, out=np.zeros_like(hits), where=seen > 0)).sum(axis=1)
    total, all_of_them = own.sum(axis=1), weights[:, groups].sum(axis=1)
    return np.divide(value, total, out=np.full(len(weights), np.nan), where=(total > 0) & (total < all_of_them))


def _ranked(values: np.ndarray, groups: np.ndarray, weights: np.ndarray) -> Ranked:
    ranks, own = weights @ below(values, values, groups, weights.shape[1]) + 0.5, weights[:, groups]
    weighted = ranks * own
    return Ranked(ranks, weighted, np.einsum("bn,bn->b", weighted, ranks))


def rank_correlation(xs: np.ndarray, y: np.ndarray, groups: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Spearman correlation [k, B]."""
    own, members, other = weights[:, groups], membership(None, len(y)), _ranked(y, groups, weights)
    return np.stack([correlation(_ranked(x, groups, weights), other, own, members) for x in xs])


def each(statistic: Callable) -> Callable:
    """`statistic` of one x, for several: [k, B]."""
    return lambda xs, *others: np.stack([statistic(x, *others) for x in xs])


# name -> f(xs [k, n], y [n], group of each item [n], weights [B, groups]) -> [k, B]
STATISTICS: dict[str, Callable] = {
    "auc": each(auc),
    "average_precision": each(average_precision),
    "spearman": rank_correlation,
}


def draws(statistic: str, xs: np.ndarray, y: np.ndarray, groups: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """`statistic` of each of xs [k, n] with y [n], of the items at which both are defined: [k, B]; NaN without any.

    groups [n]: the number of each item's group; weights [B, groups]. A few resamples are worked on at a time.
    """
    found, defined = np.full((len(xs), len(weights)), np.nan), np.isfinite(xs) & np.isfinite(y)
    for kept in np.unique(defined, axis=0):
        which = (defined == kept).all(axis=1)
        if kept.any():
            items = xs[which][:, kept], y[kept], groups[kept]
            parts = (weights[start : start + CHUNK] for start in range(0, len(weights), CHUNK))
            found[which] = np.concatenate([STATISTICS[statistic](*items, part) for part in parts], axis=1)
    return found
