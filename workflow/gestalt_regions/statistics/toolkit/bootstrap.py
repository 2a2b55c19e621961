"""Cluster bootstrap: whole kin groups are drawn, because images of one person or family are not independent."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from gestalt_regions.core import scratch

BLOCK = 16 << 20  # bytes of float64 that an array of some resamples has, however many items there are
HELD = 64 << 20  # bytes of all counts that are kept in memory


def draw_counts(count: int, n_resamples: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """How often each of `count` groups is drawn in each resample: int64 [some resamples, count], until there are all.

    As many groups are drawn, with replacement, as there are.
    """
    step = max(1, BLOCK // (8 * count))
    for start in range(0, n_resamples, step):
        yield rng.multinomial(count, np.full(count, 1 / count), size=min(step, n_resamples - start))


class Weights:
    """How often each item is drawn in each resample, float64 [n_resamples, items], of which a slice is made when asked.

    As many groups as there are distinct ones are drawn with replacement; all items of a group share its count. What is
    held are the counts of the groups, one byte each: in memory up to HELD bytes, in a temporary file beyond.
    """

    def __init__(self, groups: Sequence[str], n_resamples: int, rng: np.random.Generator) -> None:
        names, self.member = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
        self.names, self.shape = names, (n_resamples, len(self.member))
        self._counts: np.ndarray | scratch.Rows = np.zeros((n_resamples, 0), np.uint8)
        if len(names) == 0:
            return
        # eight bits: that one group is drawn 256 times has a probability below 1e-500
        blocks = (block.astype(np.uint8) for block in draw_counts(len(names), n_resamples, rng))
        if n_resamples * len(names) > HELD:
            self._counts = scratch.Rows(n_resamples, len(names))
            for block in blocks:
                self._counts.append(block)
        else:
            self._counts = np.concatenate(list(blocks))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice) -> np.ndarray:
        """float64 [rows, items]."""
        return self._counts[rows][:, self.member].astype(float)

    def of(self, items: np.ndarray) -> Weights:
        """The same resamples for some of the items: a mask or places [m]."""
        return self._with(self.member[items])

    def of_groups(self, groups: Sequence[str]) -> Weights:
        """The same resamples for other items [m] of the groups; KeyError names a group that was not drawn."""
        groups = np.asarray(groups, dtype=str)
        at = pd.Index(self.names).get_indexer(groups)
        if (at < 0).any():
            raise KeyError(str(groups[np.argmin(at)]))
        return self._with(at)

    def _with(self, member: np.ndarray) -> Weights:
        other = copy.copy(self)
        other.member, other.shape = member, (len(self), len(member))
        return other

    def blocks(self) -> Iterator[np.ndarray]:
        """All resamples in turn, BLOCK bytes of them at a time."""
        step = max(1, BLOCK // (8 * max(1, self.shape[1])))
        for start in range(0, len(self), step):
            yield self[start : start + step]

    def each(self, statistic: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """`statistic` of weights [some resamples, items], joined over all of them."""
        return np.concatenate([statistic(block) for block in self.blocks()])

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Weighted mean of `values` [items] in each resample: [n_resamples]; NaN where no item is drawn."""

        def of(weights: np.ndarray) -> np.ndarray:
            total = weights.sum(axis=1)
            return np.divide(weights @ values, total, out=np.full(len(total), np.nan), where=total > 0)

        return self.each(of)

    def means(self, values: np.ndarray) -> np.ndarray:
        """Weighted mean of each column of `values` [items, k], over the items where it is not NaN: [n_resamples, k];
        NaN where none of these is drawn."""
        defined = np.isfinite(values)
        known = np.where(defined, values, 0)

        def of(weights: np.ndarray) -> np.ndarray:
            counts = weights @ defined
            return np.divide(weights @ known, counts, out=np.full(counts.shape, np.nan), where=counts > 0)

        return self.each(of)


def some_subjects(samples: pd.DataFrame, most: int, rng: np.random.Generator) -> tuple[list[str], str]:
    """Subjects drawn at random whose images are `most` at most (all for 0), and what is to be said of it, or nothing.

    samples: one row for each image, with subject_id. What cannot work in pieces takes such a part of a large cohort.
    """
    images = samples["subject_id"].astype(str).value_counts().sort_index()
    if not most or len(samples) <= most:
        return list(images.index), ""
    order = images.iloc[rng.permutation(len(images))]
    kept = order[order.cumsum() <= most]
    return list(kept.index), f"{len(kept)} of {len(images)} subjects, drawn at random ({kept.sum()} images)"


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


def rank_biserial_draws(
    x: np.ndarray, y: np.ndarray, x_weights: Weights | np.ndarray, y_weights: Weights | np.ndarray
) -> np.ndarray:
    """Rank-biserial correlation of x [n] against y [m], positive where x is larger, in each weighted sample: [B].

    The mean sign of all weighted pairs, from sorted values and running sums of weights [B, n] and [B, m], numbers of
    any kind; some resamples at a time.
    """
    order = np.argsort(y, kind="stable")
    below, upto = (np.searchsorted(y[order], x, side=side) for side in ("left", "right"))
    found, step = np.empty(len(x_weights)), max(1, BLOCK // (8 * (len(x) + len(y) + 1)))
    for start in range(0, len(found), step):
        rows = slice(start, start + step)
        own, other = x_weights[rows].astype(float), y_weights[rows]
        running = np.zeros((len(other), len(y) + 1))
        np.cumsum(other[:, order], axis=1, out=running[:, 1:])
        size = own.sum(axis=1) * running[:, -1]
        total = np.einsum("bn,bn->b", own, running[:, below] + running[:, upto])
        found[rows] = np.divide(total - size, size, out=np.full(len(size), np.nan), where=size > 0)
    return found


def rank_biserial(x: np.ndarray, y: np.ndarray) -> float:
    """Rank-biserial correlation of x [n] against y [m]: the mean sign of all differences x - y."""
    one = (np.ones((1, len(values)), np.int64) for values in (x, y))
    return float(rank_biserial_draws(x, y, *one)[0])
