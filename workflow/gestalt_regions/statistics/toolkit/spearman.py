"""Spearman correlation, pooled or within groups: of one sample, and of all bootstrap resamples at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from gestalt_regions.statistics.toolkit.bootstrap import BLOCK, Weights

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Key = TypeVar("Key")  # of a cell: what a caller tells them apart by
CHUNK = 125  # resamples at a time: their arrays stay in the cache of a processor (500 take a third more time)
DENSE = 1 << 16  # entries; a sparse product takes longer to set up than so small a dense one takes
FLAT = 1e-12  # sums of squares below this share of the raw ones are the rounding residue of a constant


def weighted_ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mid-ranks in each weighted sample.

    Parameters
    ----------
    values : numpy.ndarray
        Values [n].
    weights : numpy.ndarray
        How often item i occurs in sample b, [B, n].

    Returns
    -------
    numpy.ndarray
        float64 [B, n].
    """
    distinct, level = np.unique(values, return_inverse=True)
    order = np.argsort(level, kind="stable")
    last = np.cumsum(np.bincount(level, minlength=len(distinct))) - 1
    upper = np.cumsum(weights[:, order], axis=1)[:, last] if len(values) else np.zeros((len(weights), 0))
    lower = np.concatenate([np.zeros((len(weights), 1)), upper[:, :-1]], axis=1)[:, : len(distinct)]
    return ((upper + lower + 1) / 2)[:, level]


@dataclass(frozen=True)
class _Ranked:
    """One variable in every resample: its ranks [B, n], the same times the weights, and sum(weights * ranks^2) [B]."""

    ranks: np.ndarray
    weighted: np.ndarray
    square: np.ndarray


def _ranks_within(values: np.ndarray, weights: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Mid-ranks [B, n] within each group of each weighted sample, 0 to 1, so that groups of different sizes compare."""
    ranks = np.empty(weights.shape)
    for group in np.unique(groups):
        members = groups == group
        counts = np.ascontiguousarray(weights[:, members])
        size = np.maximum(counts.sum(axis=1, keepdims=True), 1)
        ranks[:, members] = (weighted_ranks(values[members], counts) - 0.5) / size
    return ranks


def _ranked(values: np.ndarray, weights: np.ndarray, within: np.ndarray | None = None) -> _Ranked:
    """`values` [n] in every resample, ranked among all, or among those of the same group in `within` [n]."""
    ranks = weighted_ranks(values, weights) if within is None else _ranks_within(values, weights, within)
    weighted = ranks * weights
    return _Ranked(ranks, weighted, np.einsum("bn,bn->b", weighted, ranks))


def _membership(groups: Sequence | np.ndarray | None, n: int) -> np.ndarray | csr_array:
    """Indicator matrix float64 [n, groups], sparse where it is large; one column of ones without groups."""
    if groups is None or n == 0:
        return np.ones((n, 1))
    from scipy.sparse import csr_array  # slow to import: planning reads the measures without it

    index = np.unique(np.asarray(groups), return_inverse=True)[1]
    members = csr_array((np.ones(n), (np.arange(n), index)))
    return members.toarray() if n * members.shape[1] <= DENSE else members


def _correlation(x: _Ranked, y: _Ranked, weights: np.ndarray, members: np.ndarray | csr_array) -> np.ndarray:
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
    x: np.ndarray,
    y: np.ndarray,
    weights: np.ndarray | None = None,
    groups: Sequence | np.ndarray | None = None,
    *,
    ranked_within: bool = False,
) -> np.ndarray:
    """Spearman correlation of x and y in each weighted sample.

    With `groups` it is the partial Spearman correlation given the group: ranks over all images, each group's mean rank
    removed from both, then Pearson. This equals the partial correlation with dummy variables of the groups as
    covariates. With `ranked_within` too, an image is ranked among those of its group alone, so that how far apart two
    groups lie cannot count at all.

    Parameters
    ----------
    x : numpy.ndarray
        Values [n].
    y : numpy.ndarray
        Values [n].
    weights : numpy.ndarray, optional
        [B, n]; without it one sample, each item once.
    groups : sequence or numpy.ndarray, optional
        Group of each item [n].
    ranked_within : bool
        Whether ranks are taken within each group.

    Returns
    -------
    numpy.ndarray
        float64 [B] ([1] without weights); NaN where x or y has one value only (within every group).
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    weights = np.ones((1, len(x))) if weights is None else np.asarray(weights, dtype=float)
    within = np.asarray(groups) if ranked_within else None
    ranked_x, ranked_y = _ranked(x, weights, within), _ranked(y, weights, within)
    return _correlation(ranked_x, ranked_y, weights, _membership(groups, len(x)))


def single_spearman(
    x: np.ndarray, y: np.ndarray, groups: Sequence | np.ndarray | None = None, *, ranked_within: bool = False
) -> float:
    """`spearman` of one sample, by pingouin: partial correlation of the ranks given dummy variables of the groups.

    Parameters
    ----------
    x : numpy.ndarray
        Values [n].
    y : numpy.ndarray
        Values [n].
    groups : sequence or numpy.ndarray, optional
        Group of each item [n].
    ranked_within : bool
        Whether ranks are taken within each group.

    Returns
    -------
    float
        NaN where x or y has one value only (within every group).
    """
    import pingouin  # takes a second to import, and not every job that imports this module correlates

    by_resamples = float(spearman(x, y, groups=groups, ranked_within=ranked_within)[0])
    if not np.isfinite(by_resamples) or abs(by_resamples) > 1 - FLAT:
        return by_resamples  # pingouin inverts the covariance, which is singular here: 1 and -1 are one to it
    one, within = np.ones((1, len(x))), np.asarray(groups) if ranked_within else None
    ranks = [_ranked(np.asarray(values, float), one, within).ranks[0] for values in (x, y)]
    names, index = np.unique(np.zeros(len(x)) if groups is None else np.asarray(groups), return_inverse=True)
    dummies = (index[:, None] == np.arange(1, len(names))).astype(float)
    return float(pingouin.pcorr(pd.DataFrame(np.column_stack([*ranks, dummies]))).iloc[0, 1])


class _Items:
    """The groups of some of the items by kind of correlation: as an indicator matrix, and as what is ranked apart."""

    def __init__(self, kept: np.ndarray, groups: Mapping, ranked_within: Collection[str]) -> None:
        size = int(kept.sum())
        of = {kind: None if g is None else np.asarray(g)[kept] for kind, g in groups.items()}
        self.members = {kind: _membership(g, size) for kind, g in of.items()}
        self.within = {kind: g if kind in ranked_within else None for kind, g in of.items()}

    def ranked(self, values: np.ndarray, weights: np.ndarray) -> dict[str, _Ranked]:
        """Values [n] in every resample by kind; ranks among all are computed once."""
        among_all = _ranked(values, weights)
        return {
            kind: among_all if within is None else _ranked(values, weights, within)
            for kind, within in self.within.items()
        }


def resampled(
    cells: Mapping[Key, np.ndarray],
    y: np.ndarray,
    weights: Weights | np.ndarray,
    groups: Mapping[str, Sequence | np.ndarray | None],
    ranked_within: Collection[str] = (),
) -> dict[str, dict[Key, np.ndarray]]:
    """`spearman` of many x with one y in every resample.

    What depends on y alone is computed once for all cells with the same items.

    Parameters
    ----------
    cells : mapping
        Any key -> x [n], NaN where it is undefined (left out of that cell).
    y : numpy.ndarray
        Values [n].
    weights : Weights or numpy.ndarray
        [B, n].
    groups : mapping
        Kind of correlation -> group of each item [n], or None.
    ranked_within : collection of str
        Kinds whose ranks are taken within each group.

    Returns
    -------
    dict
        Kind -> key -> float64 [B].
    """
    correlations = {kind: {key: np.full(len(weights), np.nan) for key in cells} for kind in groups}
    kept = {key: np.isfinite(x) for key, x in cells.items()}
    prepared: dict[bytes, _Items] = {}
    step = max(1, min(CHUNK, BLOCK // (8 * max(1, len(y)))))
    for start in range(0, len(weights), step):
        block, of_mask = weights[start : start + step], {}
        for key, x in cells.items():
            mask = kept[key].tobytes()
            if mask not in prepared:
                prepared[mask] = _Items(kept[key], groups, ranked_within)
            items = prepared[mask]
            if mask not in of_mask:
                counts = np.ascontiguousarray(block[:, kept[key]])
                of_mask[mask] = counts, items.ranked(y[kept[key]], counts)
            counts, ranked_y = of_mask[mask]
            ranked_x = items.ranked(x[kept[key]], counts)
            for kind, members in items.members.items():
                rows = slice(start, start + step)
                correlations[kind][key][rows] = _correlation(ranked_x[kind], ranked_y[kind], counts, members)
    return correlations
