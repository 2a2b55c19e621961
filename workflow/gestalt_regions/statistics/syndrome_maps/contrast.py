"""Mean and spread of the maps of a class, and where they differ from those of others by more than chance.

Families are exchanged, not images. A pixel's p is corrected over all pixels by the largest statistic of each
permutation (Nichols and Holmes, Human Brain Mapping 15, 2002, p. 1), and over classes by their number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gestalt_regions.statistics.analyses.permutation import draw_choices, is_exact
from gestalt_regions.statistics.syndrome_maps.person_maps import PersonMaps

FEWEST = 2  # families of each side that a test needs
NOTHING = 1e-12  # of the variance of all maps: a place where no map differs from another has no statistic


@dataclass(frozen=True)
class Families:
    """The mean map of every kin group of a class.

    Attributes
    ----------
    labels : numpy.ndarray
        str [n]: the class. A family with members in two classes is one of each.
    people : numpy.ndarray
        float64 [n]: how many people, the weight.
    maps : numpy.ndarray
        float64 [n, pixels].
    """

    labels: np.ndarray
    people: np.ndarray
    maps: np.ndarray

    def of(self, chosen: np.ndarray) -> Families:
        """Some of them.

        Parameters
        ----------
        chosen : numpy.ndarray
            bool [n].

        Returns
        -------
        Families
            Those.
        """
        return Families(self.labels[chosen], self.people[chosen], self.maps[chosen])


def families(persons: PersonMaps) -> Families:
    """Average the maps of each family.

    Parameters
    ----------
    persons : PersonMaps
        Of a variant.

    Returns
    -------
    Families
        In the order of class and name.
    """
    codes = persons.people.groupby(["label", "kin_group"], sort=True).ngroup().to_numpy()
    members = np.zeros((codes.max(initial=-1) + 1, len(codes)))
    members[codes, np.arange(len(codes))] = 1
    count = members.sum(axis=1)
    flat = persons.maps.reshape(len(codes), -1).astype(np.float64)
    labels = persons.people["label"].to_numpy(str)[np.array([np.flatnonzero(row)[0] for row in members], int)]
    return Families(labels, count, (members @ flat) / count[:, None])


def spread_of(maps: np.ndarray) -> np.ndarray:
    """The standard deviation between people at each pixel.

    Parameters
    ----------
    maps : numpy.ndarray
        [people, ...].

    Returns
    -------
    numpy.ndarray
        [...]; NaN for fewer than two people.
    """
    return np.std(maps, axis=0, ddof=1) if len(maps) > 1 else np.full(maps.shape[1:], np.nan)


def _squared_error(chosen: np.ndarray, mean: np.ndarray, data: Families) -> np.ndarray:
    """Squared standard error of weighted means [choices, pixels] of the chosen families."""
    weight = data.people[:, None]
    squares = chosen @ (weight**2 * data.maps**2) - 2 * mean * (chosen @ (weight**2 * data.maps))
    squares += mean**2 * (chosen @ data.people**2)[:, None]
    n = chosen.sum(axis=1, keepdims=True)
    return np.maximum(squares, 0) / (chosen @ data.people)[:, None] ** 2 * n / (n - 1)


def statistics(chosen: np.ndarray, data: Families) -> tuple[np.ndarray, np.ndarray]:
    """Welch's t of the chosen families against all others, at each pixel.

    Parameters
    ----------
    chosen : numpy.ndarray
        float64 [choices, n], 1 for a family of the first group; two of each group at least.
    data : Families
        n families; their maps are centred.

    Returns
    -------
    difference, t : numpy.ndarray
        [choices, pixels]; t is 0 where no map differs from another.
    """
    others, sums = 1 - chosen, data.people[:, None] * data.maps
    first, second = (part @ sums / (part @ data.people)[:, None] for part in (chosen, others))
    error = _squared_error(chosen, first, data) + _squared_error(others, second, data)
    least = NOTHING * max(float(data.maps.var()), np.finfo(float).tiny)
    t = np.divide(first - second, np.sqrt(error), out=np.zeros_like(error), where=error > least)
    return first - second, t


@dataclass(frozen=True)
class Contrast:
    """A class against others.

    Attributes
    ----------
    difference : numpy.ndarray
        float64 [pixels]: mean map of the class minus that of the others.
    p : numpy.ndarray
        float64 [pixels], two-sided, corrected over pixels (not yet over classes).
    permutations : int
        How many were compared with.
    exact : bool
        Whether they are all that there are.
    """

    difference: np.ndarray
    p: np.ndarray
    permutations: int
    exact: bool


def contrast(data: Families, first: np.ndarray, permutations: int, rng: np.random.Generator) -> Contrast:
    """Compare some families with all others, and with chance.

    Parameters
    ----------
    data : Families
        All families of both groups.
    first : numpy.ndarray
        bool [n]: those of the first group; two of each group at least.
    permutations : int
        Permutations of the labels of the families at most.
    rng : numpy.random.Generator
        Draws them.

    Returns
    -------
    Contrast
        Difference and p of every pixel.
    """
    centred = Families(data.labels, data.people, data.maps - data.maps.mean(axis=0))
    difference, t = (each[0] for each in statistics(first[None].astype(float), centred))
    exact = is_exact(int(first.sum()), len(first), permutations)
    largest = []
    for choices in draw_choices(int(first.sum()), len(first), permutations, rng):
        for start in range(0, len(choices), 64):
            largest.append(np.abs(statistics(choices[start : start + 64], centred)[1]).max(axis=1))
    drawn = np.sort(np.concatenate(largest))
    # a permutation that is the grouping itself has the same statistic but for rounding
    as_large = len(drawn) - np.searchsorted(drawn, np.abs(t) * (1 - 1e-9), side="left")
    p = as_large / len(drawn) if exact else (as_large + 1) / (len(drawn) + 1)
    return Contrast(difference, np.minimum(p, 1), len(drawn), exact)
