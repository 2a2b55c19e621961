"""Cluster bootstrap: whole kin groups are drawn, because images of one person or family are not independent."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from gestalt_regions.core import scratch

BLOCK = 16 << 20  # bytes of float64 that an array of some resamples has, however many items there are
HELD = 64 << 20  # bytes of all counts that are kept in memory
MIN_GROUPS = 10  # below, a percentile interval covers far less than it says (docs/concepts/intervals.md)
FEW = f"no interval: fewer than {MIN_GROUPS} groups with a value"
UNDEFINED = "no interval: undefined in more than a tenth of the resamples"


def _draw_counts(count: int, n_resamples: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """How often each of `count` groups is drawn in each resample: int64 [some resamples, count], until there are all.

    As many groups are drawn, with replacement, as there are.
    """
    step = max(1, BLOCK // (8 * count))
    for start in range(0, n_resamples, step):
        yield rng.multinomial(count, np.full(count, 1 / count), size=min(step, n_resamples - start))


class Weights:
    """How often each item is drawn in each resample, float64 [n_resamples, items].

    A slice is made when asked. As many groups as there are distinct ones are drawn with replacement; all items of a
    group share its count. What is held are the counts of the groups, one byte each: in memory up to HELD bytes, in a
    temporary file beyond.

    Parameters
    ----------
    groups : sequence of str
        Group of each item [items].
    n_resamples : int
        Number of resamples.
    rng : numpy.random.Generator
        Draws the groups.
    """

    def __init__(self, groups: Sequence[str], n_resamples: int, rng: np.random.Generator) -> None:
        names, self.member = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
        self.names, self.shape = names, (n_resamples, len(self.member))
        self._counts: np.ndarray | scratch.Rows = np.zeros((n_resamples, 0), np.uint8)
        if len(names) == 0:
            return
        # eight bits: that one group is drawn 256 times has a probability below 1e-500
        blocks = (block.astype(np.uint8) for block in _draw_counts(len(names), n_resamples, rng))
        if n_resamples * len(names) > HELD:
            self._counts = scratch.Rows(n_resamples, len(names))
            for block in blocks:
                self._counts.append(block)
        else:
            self._counts = np.concatenate(list(blocks))

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def groups(self) -> int:
        """How many groups the items belong to: what an interval rests on.

        Returns
        -------
        int
            At most as many as were drawn from.
        """
        return int(np.count_nonzero(np.bincount(self.member, minlength=len(self.names))))

    def groups_with(self, values: np.ndarray) -> np.ndarray:
        """How many groups have a value in each column.

        Parameters
        ----------
        values : numpy.ndarray
            [items, k]; NaN is no value.

        Returns
        -------
        numpy.ndarray
            int [k].
        """
        some = np.zeros((len(self.names), values.shape[1]), bool)
        items, columns = np.nonzero(np.isfinite(values))
        some[self.member[items], columns] = True
        return some.sum(axis=0)

    def __getitem__(self, rows: slice) -> np.ndarray:
        """float64 [rows, items]."""
        return self._counts[rows][:, self.member].astype(float)

    def of(self, items: np.ndarray) -> Weights:
        """The same resamples for some of the items.

        Parameters
        ----------
        items : numpy.ndarray
            A mask [items], or places [m].

        Returns
        -------
        Weights
            Of these items.
        """
        return self._with(self.member[items])

    def of_groups(self, groups: Sequence[str] | np.ndarray | pd.Series) -> Weights:
        """The same resamples for other items of the groups.

        Parameters
        ----------
        groups : sequence of str
            Group of each item [m].

        Returns
        -------
        Weights
            Of these items.

        Raises
        ------
        KeyError
            Names a group that was not drawn.
        """
        wanted = np.asarray(groups, dtype=str)
        places = pd.Index(self.names).get_indexer(wanted)
        if (places < 0).any():
            raise KeyError(str(wanted[np.argmin(places)]))
        return self._with(places)

    def _with(self, member: np.ndarray) -> Weights:
        other = copy.copy(self)
        other.member, other.shape = member, (len(self), len(member))
        return other

    def blocks(self) -> Iterator[np.ndarray]:
        """All resamples in turn, BLOCK bytes of them at a time.

        Yields
        ------
        numpy.ndarray
            float64 [some resamples, items].
        """
        step = max(1, BLOCK // (8 * max(1, self.shape[1])))
        for start in range(0, len(self), step):
            yield self[start : start + step]

    def each(self, statistic: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """One statistic of all resamples.

        Parameters
        ----------
        statistic : callable
            Of weights [some resamples, items].

        Returns
        -------
        numpy.ndarray
            Its values, joined over all resamples.
        """
        return np.concatenate([statistic(block) for block in self.blocks()])

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Weighted mean in each resample.

        Parameters
        ----------
        values : numpy.ndarray
            Value of each item [items].

        Returns
        -------
        numpy.ndarray
            [n_resamples]; NaN where no item is drawn.
        """

        def _of_block(weights: np.ndarray) -> np.ndarray:
            total = weights.sum(axis=1)
            return np.divide(weights @ values, total, out=np.full(len(total), np.nan), where=total > 0)

        return self.each(_of_block)

    def means(self, values: np.ndarray) -> np.ndarray:
        """Weighted mean of each column in each resample.

        Parameters
        ----------
        values : numpy.ndarray
            [items, k]; NaN is left out of its column.

        Returns
        -------
        numpy.ndarray
            [n_resamples, k]; NaN where no item with a value is drawn.
        """
        defined = np.isfinite(values)
        known = np.where(defined, values, 0)

        def _of_block(weights: np.ndarray) -> np.ndarray:
            counts = weights @ defined
            return np.divide(weights @ known, counts, out=np.full(counts.shape, np.nan), where=counts > 0)

        return self.each(_of_block)


def some_subjects(samples: pd.DataFrame, most: int, rng: np.random.Generator) -> tuple[list[str], str]:
    """Subjects drawn at random with a limited number of images.

    What cannot work in pieces takes such a part of a large cohort.

    Parameters
    ----------
    samples : pandas.DataFrame
        One row for each image, with subject_id.
    most : int
        Images at most; 0: all.
    rng : numpy.random.Generator
        Draws the subjects.

    Returns
    -------
    tuple
        The subjects, and what a note says of the choice (empty where all are taken).
    """
    images = samples["subject_id"].astype(str).value_counts().sort_index()
    if not most or len(samples) <= most:
        return list(images.index), ""
    order = images.iloc[rng.permutation(len(images))]
    kept = order[order.cumsum() <= most]
    return list(kept.index), f"{len(kept)} of {len(images)} subjects, drawn at random ({kept.sum()} images)"


def mean_defined(values: np.ndarray, axis: int) -> np.ndarray:
    """Mean of the values that are not NaN.

    Parameters
    ----------
    values : numpy.ndarray
        Of any shape.
    axis : int
        Axis of the mean.

    Returns
    -------
    numpy.ndarray
        NaN where there is no value (and no warning).
    """
    defined = np.isfinite(values)
    total, count = np.where(defined, values, 0.0).sum(axis=axis), defined.sum(axis=axis)
    return np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0)


def sd_defined(values: Sequence[float] | np.ndarray) -> float:
    """Sample standard deviation (n - 1) of the values that are not NaN.

    Parameters
    ----------
    values : array-like
        Values [n].

    Returns
    -------
    float
        NaN for fewer than two values.
    """
    numbers = np.asarray(values, dtype=float)
    numbers = numbers[np.isfinite(numbers)]
    return float(np.std(numbers, ddof=1)) if len(numbers) > 1 else float("nan")


def percentiles(draws: np.ndarray, level: float) -> tuple[float, float]:
    """The middle part of some draws, whatever was drawn.

    Parameters
    ----------
    draws : numpy.ndarray
        Values [B].
    level : float
        Share of the draws between the two, 0 to 1.

    Returns
    -------
    tuple of float
        Low and high; NaN if fewer than nine in ten draws are defined.
    """
    finite = draws[np.isfinite(draws)]
    if len(finite) < 0.9 * len(draws) or len(finite) == 0:
        return float("nan"), float("nan")
    low, high = np.quantile(finite, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def interval(draws: np.ndarray, level: float, groups: int) -> tuple[float, float]:
    """Percentile interval of the resamples in which the statistic is defined.

    Parameters
    ----------
    draws : numpy.ndarray
        The statistic of each resample [B].
    level : float
        Share of the resamples in the interval, 0 to 1.
    groups : int
        How many groups with a value were drawn from; of two samples, the number of the smaller one.

    Returns
    -------
    tuple of float
        Low and high; NaN for fewer than MIN_GROUPS groups, and if the statistic is defined in fewer than nine in ten
        resamples.
    """
    return percentiles(draws, level) if groups >= MIN_GROUPS else (float("nan"), float("nan"))


def no_interval(low: float, groups: int) -> str:
    """Why an interval is missing.

    Parameters
    ----------
    low : float
        Its lower end.
    groups : int
        As in `interval`.

    Returns
    -------
    str
        A note; empty where there is an interval.
    """
    return "" if np.isfinite(low) else FEW if groups < MIN_GROUPS else UNDEFINED


def mean_interval(values: np.ndarray, level: float) -> tuple[float, float]:
    """Student's interval of the mean of independent values of one kind, such as the accuracies of test folds.

    For few values it is wider than a percentile interval, and covers what it says if the values are about normal.

    Parameters
    ----------
    values : numpy.ndarray
        [n]; NaN is left out.
    level : float
        Of the interval, 0 to 1.

    Returns
    -------
    tuple of float
        Low and high; NaN for fewer than two values.
    """
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return float("nan"), float("nan")
    from scipy.special import stdtrit  # slow to import: planning reads the measures without it

    half = stdtrit(len(values) - 1, (1 + level) / 2) * sd_defined(values) / np.sqrt(len(values))
    return float(values.mean() - half), float(values.mean() + half)


def rank_biserial_draws(
    x: np.ndarray, y: np.ndarray, x_weights: Weights | np.ndarray, y_weights: Weights | np.ndarray
) -> np.ndarray:
    """Rank-biserial correlation of x against y in each weighted sample, positive where x is larger.

    It is the mean sign of all weighted pairs, from sorted values and running sums of weights; some resamples at a time.

    Parameters
    ----------
    x : numpy.ndarray
        Values [n].
    y : numpy.ndarray
        Values [m].
    x_weights : Weights or numpy.ndarray
        [B, n], numbers of any kind.
    y_weights : Weights or numpy.ndarray
        [B, m].

    Returns
    -------
    numpy.ndarray
        float64 [B]; NaN where nothing of one side is drawn.
    """
    # both in order, so that what is read lies side by side; counts are whole numbers, so any order has the same sums
    x_order, y_order = (np.argsort(values, kind="stable") for values in (x, y))
    below, upto = (np.searchsorted(y[y_order], x[x_order], side=side) for side in ("left", "right"))
    x_sorted, y_sorted = _of(x_weights, x_order), _of(y_weights, y_order)
    correlations, step = np.empty(len(x_weights)), max(1, BLOCK // (8 * (len(x) + len(y) + 1)))
    for start in range(0, len(correlations), step):
        rows = slice(start, start + step)
        x_counts, y_counts = x_sorted[rows].astype(float, copy=False), y_sorted[rows]
        running = np.zeros((len(y_counts), len(y) + 1))
        np.cumsum(y_counts, axis=1, out=running[:, 1:])
        size = x_counts.sum(axis=1) * running[:, -1]
        total = np.einsum("bn,bn->b", x_counts, running[:, below] + running[:, upto])
        correlations[rows] = np.divide(total - size, size, out=np.full(len(size), np.nan), where=size > 0)
    return correlations


def _of(weights: Weights | np.ndarray, items: np.ndarray) -> Weights | np.ndarray:
    """The weights of some items, in that order."""
    return weights.of(items) if isinstance(weights, Weights) else weights[:, items]
