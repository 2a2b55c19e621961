"""Statistics over all images and regions at once, in every resample of whole kin groups.

Items are sorted once; an item's rank in a resample is then a running sum of the weights of those before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

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


def _auc_within(scores: np.ndarray, truth: np.ndarray, weights: np.ndarray, strata: np.ndarray) -> np.ndarray:
    """Area under the curve [B] of all pairs of a true and a false item of the same stratum (ids from 0) [n].

    Strata lie one behind the other on a line of ranks. So the false items below a true one, less those before its
    stratum, are those of its stratum.
    """
    true, ranks = truth > 0.5, np.unique(scores, return_inverse=True)[1]
    start = strata * float(ranks.max(initial=0) + 2)
    at, hits, others = start + ranks, weights[true], weights[~true]
    below, before, after = (
        _below(place[true], at[~true], others) for place in (at, start - 0.5, start + ranks.max(initial=0) + 0.5)
    )
    right, possible = (np.einsum("nb,nb->b", hits, end - before) for end in (below, after))
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


Strata = Mapping[str, np.ndarray | None]  # name -> numbers [n], within which alone items are compared; None: all
Statistic = Callable[  # xs [k, n], y [n], weights of n items -> [k, B] of each strata
    [np.ndarray, np.ndarray, Weights | np.ndarray, Strata], dict[str, np.ndarray]
]


def _each(statistic: Callable[..., np.ndarray], within: Callable[..., np.ndarray] | None = None) -> Statistic:
    """`statistic` of one x in weighted samples [n, some], for several and all resamples; `within` is that of strata."""

    def of(xs: np.ndarray, y: np.ndarray, weights: Weights | np.ndarray, strata: Strata) -> dict[str, np.ndarray]:
        step, found = max(1, min(CHUNK, bootstrap.BLOCK // (8 * len(y)))), {}
        for name, numbers in strata.items():
            calculate = statistic if numbers is None or within is None else partial(within, strata=numbers)
            blocks = (weights[start : start + step].T for start in range(0, len(weights), step))
            found[name] = np.concatenate([[calculate(x, y, block) for x in xs] for block in blocks], axis=1)
        return found

    return of


def _rank_correlation(
    xs: np.ndarray, y: np.ndarray, weights: Weights | np.ndarray, strata: Strata
) -> dict[str, np.ndarray]:
    """Spearman correlation; within strata the partial one: the mean rank of each is removed."""
    drawn = resampled(dict(enumerate(xs)), y, weights, strata)
    return {name: np.array(list(of_name.values())) for name, of_name in drawn.items()}


STATISTICS: dict[str, Statistic] = {
    "auc": _each(_auc, _auc_within),
    "average_precision": _each(_average_precision),
    "spearman": _rank_correlation,
}


def draws(
    statistic: str, xs: np.ndarray, y: np.ndarray, weights: Weights, strata: Strata
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """A statistic in all items and in each resample, over all items and within strata.

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
    strata : mapping
        Name -> numbers from 0 [n], within which alone items are compared; None for all of them.

    Returns
    -------
    dict
        Name -> the statistic of each x as it is [k], and in each resample [k, B]; NaN without any item.
    """
    xs, each = np.unique(xs, axis=0, return_inverse=True)  # what several policies share is computed once
    found = {name: (np.full(len(xs), np.nan), np.full((len(xs), len(weights)), np.nan)) for name in strata}
    defined = np.isfinite(xs) & np.isfinite(y)
    for kept in np.unique(defined, axis=0):
        if kept.any():
            which, calculate = (defined == kept).all(axis=1), STATISTICS[statistic]
            items = xs[which][:, kept], y[kept]
            of = {name: None if numbers is None else numbers[kept] for name, numbers in strata.items()}
            values, drawn = calculate(*items, np.ones((1, kept.sum())), of), calculate(*items, weights.of(kept), of)
            for name, (all_values, all_drawn) in found.items():
                all_values[which], all_drawn[which] = values[name][:, 0], drawn[name]
    return {name: (values[each.ravel()], drawn[each.ravel()]) for name, (values, drawn) in found.items()}
