"""Spearman correlation of weighted samples, all bootstrap resamples at once, pooled or within groups."""

from __future__ import annotations

import numpy as np


def weighted_ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mid-ranks of `values` [n] in each sample where item i occurs weights[b, i] times: float64 [B, n]."""
    distinct, level = np.unique(values, return_inverse=True)
    per_level = np.zeros((len(weights), len(distinct)))
    order = np.argsort(level, kind="stable")
    starts = np.searchsorted(level[order], np.arange(len(distinct)))
    if len(values):
        per_level = np.add.reduceat(weights[:, order], starts, axis=1)
    upper = np.cumsum(per_level, axis=1)
    return (upper - (per_level - 1) / 2)[:, level]


def _centred(ranks: np.ndarray, weights: np.ndarray, members: np.ndarray) -> np.ndarray:
    total, count = (weights * ranks) @ members, weights @ members
    means = np.divide(total, count, out=np.zeros_like(total), where=count > 0)
    return ranks - means @ members.T


def spearman(
    x: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None, groups: np.ndarray | None = None
) -> np.ndarray:
    """Spearman correlation of x [n] and y [n] in each weighted sample: float64 [B] ([1] without weights).

    With `groups` [n] it is the partial Spearman correlation given the group: ranks over all images, each group's mean
    rank removed from both, then Pearson. This equals the partial correlation with dummy variables of the groups as
    covariates. NaN where x or y has one value only (within every group).
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    weights = np.ones((1, len(x))) if weights is None else weights
    groups = np.zeros(len(x), dtype=int) if groups is None else np.unique(groups, return_inverse=True)[1]
    members = np.eye(int(groups.max()) + 1 if len(groups) else 1)[groups]
    rank_x, rank_y = weighted_ranks(x, weights), weighted_ranks(y, weights)
    a, b = _centred(rank_x, weights, members), _centred(rank_y, weights, members)
    sum_a, sum_b = (weights * a * a).sum(axis=1), (weights * b * b).sum(axis=1)
    # Group means leave rounding residue of about 1e-16 relative to the ranks where a value is constant in its group.
    varies = (sum_a > 1e-20 * (weights * rank_x**2).sum(axis=1)) & (sum_b > 1e-20 * (weights * rank_y**2).sum(axis=1))
    product = (weights * a * b).sum(axis=1)
    return np.divide(product, np.sqrt(sum_a * sum_b), out=np.full(len(weights), np.nan), where=varies)
