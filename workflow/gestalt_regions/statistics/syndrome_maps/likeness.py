"""How alike the mean maps of classes are, and whether a class's map is nearer to its own other half than to others'.

A mean map that knows nothing of the class is as near to the half of any class as to its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gestalt_regions.saliency.morph.warps import SIDE
from gestalt_regions.statistics.syndrome_maps.contrast import FEWEST, Families

CELL = 4  # pixels: side of the squares whose means are compared
WHOLE, BEYOND = "whole", "beyond_common"  # maps as they are; without the mean map of all classes


def coarse(maps: np.ndarray) -> np.ndarray:
    """Means over squares of CELL pixels.

    Parameters
    ----------
    maps : numpy.ndarray
        [n, SIDE * SIDE].

    Returns
    -------
    numpy.ndarray
        [n, cells].
    """
    cells = SIDE // CELL
    return maps.reshape(len(maps), cells, CELL, cells, CELL).mean(axis=(2, 4)).reshape(len(maps), -1)


def pearson(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Pearson correlations of rows.

    Parameters
    ----------
    first, second : numpy.ndarray
        [..., k, d] and [..., m, d]; each row has the mean zero.

    Returns
    -------
    numpy.ndarray
        [..., k, m]; NaN for a constant row.
    """
    norms = np.linalg.norm(first, axis=-1)[..., :, None] * np.linalg.norm(second, axis=-1)[..., None, :]
    return np.divide(first @ np.swapaxes(second, -1, -2), norms, out=np.full(norms.shape, np.nan), where=norms > 1e-12)


def _class_weights(labels: np.ndarray, classes: np.ndarray, people: np.ndarray) -> np.ndarray:
    """What each family counts in the mean of each class, float64 [classes, n]; rows have the sum one."""
    weights = (labels == classes[:, None]) * people
    return weights / weights.sum(axis=1, keepdims=True)


def correlations(maps: np.ndarray, labels: np.ndarray, people: np.ndarray, classes: np.ndarray) -> dict:
    """Correlations of the mean maps of all classes.

    Parameters
    ----------
    maps : numpy.ndarray
        [n, d].
    labels, people : numpy.ndarray
        Class and number of people of each of the n families.
    classes : numpy.ndarray
        str [k].

    Returns
    -------
    dict
        WHOLE and BEYOND -> Pearson correlations [k, k].
    """
    means = _class_weights(labels, classes, people) @ (maps - maps.mean(axis=1, keepdims=True))
    beyond = means - means.mean(axis=0)
    return {WHOLE: pearson(means, means), BEYOND: pearson(beyond, beyond)}


@dataclass(frozen=True)
class Halves:
    """Correlations of the mean maps of halves of classes.

    Attributes
    ----------
    own, others : numpy.ndarray
        float64 [k]: with the other half of the class, and with halves of other classes, means over splits.
    p : numpy.ndarray
        float64 [k]: one-sided, that own minus others is so large if labels tell nothing; uncorrected.
    """

    own: np.ndarray
    others: np.ndarray
    p: np.ndarray


def _own_and_others(
    maps: np.ndarray, labels: np.ndarray, people: np.ndarray, classes: np.ndarray, orders: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Means over splits, [k] each; a split takes every second family of a class, in one of the orders [splits, n]."""
    halves = np.zeros((2, len(orders), len(classes), len(labels)))
    for number, order in enumerate(orders):
        for place, name in enumerate(classes):
            members = order[labels[order] == name]
            for half in (0, 1):
                chosen = members[half::2]
                halves[half, number, place, chosen] = people[chosen] / people[chosen].sum()
    together = pearson(halves[0] @ maps, halves[1] @ maps)
    own = np.einsum("skk->sk", together)
    both = (together.sum(axis=2) + together.sum(axis=1) - 2 * own) / (2 * (len(classes) - 1))
    return own.mean(axis=0), both.mean(axis=0)


def halves(data: Families, splits: int, permutations: int, rng: np.random.Generator) -> tuple[np.ndarray, Halves]:
    """Compare halves of classes, and find how often shuffled labels do as well.

    Parameters
    ----------
    data : Families
        Of all classes.
    splits : int
        Random splits of each class into halves, of whose correlations the mean is taken.
    permutations : int
        Permutations of the labels over families.
    rng : numpy.random.Generator
        Draws both.

    Returns
    -------
    classes : numpy.ndarray
        str [k], those of two families at least.
    Halves
        Of these classes; empty for fewer than two.
    """
    names, sizes = np.unique(data.labels, return_counts=True)
    classes = names[sizes >= FEWEST]
    if len(classes) < 2:
        return classes[:0], Halves(*np.zeros((3, 0)))
    kept = data.of(np.isin(data.labels, classes))
    cells = coarse(kept.maps)
    cells = cells - cells.mean(axis=1, keepdims=True)
    left, sizes, _ = np.linalg.svd(cells, full_matrices=False)
    reduced = left * sizes  # of the same inner products, in as many columns as there are families at most
    orders = np.argsort(rng.random((splits, len(cells))), axis=1)
    own, others = _own_and_others(reduced, kept.labels, kept.people, classes, orders)
    reached = np.zeros(len(classes))
    for _ in range(permutations):
        chance = _own_and_others(reduced, rng.permutation(kept.labels), kept.people, classes, orders)
        reached += chance[0] - chance[1] >= own - others - 1e-12
    p = (reached + 1) / (permutations + 1)
    return classes, Halves(own, others, np.where(np.isfinite(own), p, np.nan))
