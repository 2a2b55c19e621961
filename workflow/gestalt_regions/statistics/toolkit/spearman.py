"""Spearman correlation of weighted samples, all bootstrap resamples at once, pooled or within groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from gestalt_regions.statistics.toolkit.bootstrap import BLOCK

CHUNK = 500  # resamples at a time: their arrays stay in the processor's cache
FLAT = 1e-12  # sums of squares below this share of the raw ones are the rounding residue of a constant


def weighted_ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mid-ranks of `values` [n] in each sample where item i occurs weights[b, i] times: float64 [B, n]."""
    distinct, level = np.unique(values, return_inverse=True)
    order = np.argsort(level, kind="stable")
    last = np.cumsum(np.bincount(level, minlength=len(distinct))) - 1
    upper = np.cumsum(weights[:, order], axis=1)[:, last] if len(values) else np.zeros((len(weights), 0))
    lower = np.concatenate([np.zeros((len(weights), 1)), upper[:, :-1]], axis=1)[:, : len(distinct)]
    return ((upper + lower + 1) / 2)[:, level]


@dataclass(frozen=True)
class Ranked:
    """One variable in every resample: its ranks [B, n], the same times the weights, and sum(weights * ranks^2) [B]."""

    ranks: np.ndarray
    weighted: np.ndarray
    square: np.ndarray


def ranked(values: np.ndarray, weights: np.ndarray) -> Ranked:
    ranks = weighted_ranks(values, weights)
    weighted = ranks * weights
    return Ranked(ranks, weighted, np.einsum("bn,bn->b", weighted, ranks))


def membership(groups: Sequence | None, n: int) -> np.ndarray | csr_array:
    """Indicator matrix float64 [n, groups], sparse; one column of ones without groups."""
    if groups is None or n == 0:
        return np.ones((n, 1))
    index = np.unique(np.asarray(groups), return_inverse=True)[1]
    return csr_array((np.ones(n), (np.arange(n), index)))


def correlation(x: Ranked, y: Ranked, weights: np.ndarray, members: np.ndarray | csr_array) -> np.ndarray:
    """Correlation [B] of the ranks after each group's mean rank is removed; members: [n, groups]."""
    count, total_x, total_y = weights @ members, x.weighted @ members, y.weighted @ members
    share = np.divide(1, count, out=np.zeros_like(count), where=count > 0)
    within_x = x.square - (total_x**2 * share).sum(axis=1)
    within_y = y.square - (total_y**2 * share).sum(axis=1)
    cross = np.einsum("bn,bn->b", x.weighted, y.ranks) - (total_x * total_y * share).sum(axis=1)
    varies = (within_x > FLAT * x.square) & (within_y > FLAT * y.square)
    scale = np.sqrt(np.where(varies, within_x * within_y, 1))
    return np.divide(cross, scale, out=np.full(len(weights), np.nan), where=varies)


def spearman(
    x: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None, groups: Sequence | None = None
) -> np.ndarray:
    """Spearman correlation of x [n] and y [n] in each weighted sample: float64 [B] ([1] without weights).

    With `groups` [n] it is the partial Spearman correlation given the group: ranks over all images, each group's mean
    rank removed from both, then Pearson. This equals the partial correlation with dummy variables of the groups as
    covariates. NaN where x or y has one value only (within every group).
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    weights = np.ones((1, len(x))) if weights is None else np.asarray(weights, dtype=float)
    return correlation(ranked(x, weights), ranked(y, weights), weights, membership(groups, len(x)))


def resampled(
    cells: Mapping[object, np.ndarray], y: np.ndarray, weights: np.ndarray, groups: Mapping[str, Sequence | None]
) -> dict[str, dict[object, np.ndarray]]:
    """`spearman` of many x with one y in every resample: kind -> cell -> float64 [B].

    cells: x [n] by any key, NaN where it is undefined (left out of that cell); y [n]; weights [B, n]; groups: kind ->
    group of each item, or None. What depends on y alone is computed once for all cells with the same items.
    """
    found = {kind: {key: np.full(len(weights), np.nan) for key in cells} for kind in groups}
    kept = {key: np.isfinite(x) for key, x in cells.items()}
    members = {}
    step = max(1, min(CHUNK, BLOCK // (8 * max(1, len(y)))))
    for start in range(0, len(weights), step):
        block, about_y = weights[start : start + step], {}
        for key, x in cells.items():
            mask = kept[key].tobytes()
            if mask not in members:
                size = int(kept[key].sum())
                of = {kind: None if g is None else np.asarray(g)[kept[key]] for kind, g in groups.items()}
                members[mask] = {kind: membership(g, size) for kind, g in of.items()}
            if mask not in about_y:
                own = np.ascontiguousarray(block[:, kept[key]])
                about_y[mask] = own, ranked(y[kept[key]], own)
            own, ranked_y = about_y[mask]
            ranked_x = ranked(x[kept[key]], own)
            for kind, matrix in members[mask].items():
                found[kind][key][start : start + step] = correlation(ranked_x, ranked_y, own, matrix)
    return found
