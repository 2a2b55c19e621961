"""Statistics over all images and regions at once, in every bootstrap resample."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gestalt_regions.statistics.resample import rank_biserial_draws
from gestalt_regions.statistics.spearman import CHUNK, spearman


def auc(scores: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Area under the curve [B] of scores [n] for truth (0 or 1) [n] in each weighted sample [B, n]."""
    true = truth > 0.5
    return (rank_biserial_draws(scores[true], scores[~true], weights[:, true], weights[:, ~true]) + 1) / 2


def average_precision(scores: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Average precision [B], tied scores entering together; NaN where the true or the false ones are missing."""
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)
    drawn, true = weights[:, order], truth[order] > 0.5
    hits, seen = np.cumsum(drawn * true, axis=1)[:, last], np.cumsum(drawn, axis=1)[:, last]
    precision = np.divide(hits, seen, out=np.zeros_like(hits), where=seen > 0)
    total = hits[:, -1]
    value = (np.diff(hits, axis=1, prepend=0) * precision).sum(axis=1)
    return np.divide(value, total, out=np.full(len(weights), np.nan), where=(total > 0) & (total < seen[:, -1]))


def rank_correlation(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Spearman correlation [B] of x [n] and y [n] in each weighted sample."""
    return spearman(x, y, weights)


STATISTICS: dict[str, Callable] = {
    "auc": auc,
    "average_precision": average_precision,
    "spearman": rank_correlation,
}


def draws(statistic: str, x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """`statistic` of the items at which both are defined, a few resamples at a time: [B]; NaN without any item."""
    kept = np.isfinite(x) & np.isfinite(y)
    if not kept.any():
        return np.full(len(weights), np.nan)
    x, y, found = x[kept], y[kept], []
    for start in range(0, len(weights), CHUNK):
        found.append(STATISTICS[statistic](x, y, np.ascontiguousarray(weights[start : start + CHUNK, kept])))
    return np.concatenate(found)
