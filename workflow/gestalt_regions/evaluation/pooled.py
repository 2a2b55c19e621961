"""Statistics over all images and regions at once, in every resample of whole kin groups.

All items of a group share a weight, so a statistic needs only how many items of each group lie below an item: sums over
groups (matrix products) take the place of sorting every resample.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

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


def rank_correlation(x: np.ndarray, y: np.ndarray, groups: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Spearman correlation [B]."""
    own = weights[:, groups]
    return correlation(_ranked(x, groups, weights), _ranked(y, groups, weights), own, membership(None, len(x)))


# name -> f(x [n], y [n], group of each item [n], weights [B, groups]) -> [B]
STATISTICS: dict[str, Callable] = {"auc": auc, "average_precision": average_precision, "spearman": rank_correlation}


def draws(statistic: str, x: np.ndarray, y: np.ndarray, groups: Sequence, weights: np.ndarray) -> np.ndarray:
    """`statistic` of the items at which both are defined, a few resamples at a time: [B]; NaN without any item.

    groups [n]: any labels; weights [B, n], equal within a group.
    """
    kept = np.isfinite(x) & np.isfinite(y)
    if not kept.any():
        return np.full(len(weights), np.nan)
    x, y = x[kept], y[kept]
    _, first, members = np.unique(np.asarray(groups)[kept], return_index=True, return_inverse=True)
    of_groups = weights[:, kept][:, first]
    parts = [of_groups[start : start + CHUNK] for start in range(0, len(weights), CHUNK)]
    return np.concatenate([STATISTICS[statistic](x, y, members, part) for part in parts])
