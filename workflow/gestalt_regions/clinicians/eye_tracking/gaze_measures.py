"""How well a map says where people look: the measures of saliency benchmarks, one function each.

Definitions are those of Bylinskii et al. (TPAMI 2019), and of Kümmerer et al. (PNAS 2015) for information gain. A map
is never negative; fixations are pixels of it. Ties count half. A flat map has the value of chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

EPSILON = float(np.finfo(np.float32).eps)  # of KL; Bylinskii et al. take a small constant as well
FLAT, TINY = 1e-12, 1e-300  # a map that differs by less, of its largest value, is flat
UNIFORM_SHARE = 0.01  # of a map that is read as a distribution, so that no place is impossible

Place = tuple[np.ndarray, np.ndarray]  # rows and columns [n]


@dataclass(frozen=True)
class GazeMeasure:
    """A measure of a map against gaze.

    Attributes
    ----------
    label : str
        What figures call it.
    direction : int
        1: higher is better; -1: lower is better.
    of : str
        fixations: of single fixations; density: of the fixation density.
    """

    label: str
    direction: int
    of: str


MEASURES = {
    "nss": GazeMeasure("NSS", 1, "fixations"),
    "auc_judd": GazeMeasure("AUC-Judd", 1, "fixations"),
    "auc_shuffled": GazeMeasure("shuffled AUC", 1, "fixations"),
    "information_gain": GazeMeasure("information gain over centre bias, bits", 1, "fixations"),
    "cc": GazeMeasure("CC", 1, "density"),
    "sim": GazeMeasure("SIM", 1, "density"),
    "kl": GazeMeasure("KL divergence", -1, "density"),
}


def distribution(values: np.ndarray) -> np.ndarray:
    """A map as a distribution: sum 1; the uniform one for an empty map.

    Parameters
    ----------
    values : ndarray
        Never negative.

    Returns
    -------
    ndarray
        float64, of the same shape.
    """
    values = values.astype(np.float64)
    total = values.sum()
    return values / total if total > 0 else np.full(values.shape, 1 / values.size)


def nss(values: np.ndarray, at: Place) -> np.ndarray:
    """Normalised scanpath saliency of each fixation: the map with mean 0 and standard deviation 1, where they are.

    Parameters
    ----------
    values : ndarray [S, S]
        The map.
    at : tuple of ndarray
        Rows and columns of n fixations.

    Returns
    -------
    ndarray [n]
        Their mean is the measure; 0 everywhere on a flat map (Peters et al. 2005).
    """
    values = values.astype(np.float64)
    spread = values.std()
    if spread <= FLAT * max(TINY, np.abs(values).max()):
        return np.zeros(len(at[0]))
    return (values[at] - values.mean()) / spread


def _shares_below(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Of each value, which share of others it exceeds; ties count half. NaN without others."""
    if not len(others):
        return np.full(len(values), np.nan)
    ordered = np.sort(others)
    below, upto = (np.searchsorted(ordered, values, side=side) for side in ("left", "right"))
    return (below + upto) / (2 * len(ordered))


def auc_judd(values: np.ndarray, at: Place, looked_at: np.ndarray) -> np.ndarray:
    """Of each fixation, the share of pixels nobody looked at that have a lower value.

    Their mean is the area under the curve of hits over false alarms, with all values at fixations as thresholds (Judd
    et al. 2009). Two fixations of one pixel count twice.

    Parameters
    ----------
    values : ndarray [S, S]
        The map.
    at : tuple of ndarray
        Rows and columns of n fixations.
    looked_at : ndarray of bool [S, S]
        Pixels with a fixation of any reader.

    Returns
    -------
    ndarray [n]
        0 to 1.
    """
    return _shares_below(values[at], values[~looked_at])


def auc_shuffled(values: np.ndarray, at: Place, elsewhere: Place) -> np.ndarray:
    """Of each fixation, the share of places looked at on other faces that have a lower value here.

    A map that says no more than where people look on any face has 0.5 (Zhang et al. 2008).

    Parameters
    ----------
    values : ndarray [S, S]
        The map.
    at, elsewhere : tuple of ndarray
        Rows and columns of the fixations, and of those on faces of other families.

    Returns
    -------
    ndarray [n]
        0 to 1.
    """
    return _shares_below(values[at], values[elsewhere])


def information_gain(values: np.ndarray, at: Place, baseline: np.ndarray) -> np.ndarray:
    """Of each fixation, by how many bits the map says it better than the baseline does.

    The map is read as a distribution, UNIFORM_SHARE of it uniform; nothing is fitted to the gaze, as is done for models
    that compete in a benchmark.

    Parameters
    ----------
    values : ndarray [S, S]
        The map.
    at : tuple of ndarray
        Rows and columns of n fixations.
    baseline : ndarray [S, S]
        The map of the centre bias.

    Returns
    -------
    ndarray [n]
        Bits.
    """
    ours, theirs = (
        (1 - UNIFORM_SHARE) * distribution(each)[at] + UNIFORM_SHARE / each.size for each in (values, baseline)
    )
    return np.log2(ours) - np.log2(theirs)


def cc(values: np.ndarray, densities: np.ndarray) -> np.ndarray:
    """Pearson's correlation of the map and each density.

    Parameters
    ----------
    values : ndarray [S, S]
        The map.
    densities : ndarray [n, S, S]
        Fixation densities.

    Returns
    -------
    ndarray [n]
        -1 to 1; 0 for a flat map.
    """
    flat = values.astype(np.float64).ravel()
    flat = flat - flat.mean()
    others = densities.reshape(len(densities), -1)
    spread = np.sqrt(np.maximum((others**2).sum(axis=1) - others.sum(axis=1) ** 2 / flat.size, 0))
    own = np.sqrt((flat**2).sum())
    if own <= FLAT * max(TINY, np.abs(values).max()) * np.sqrt(flat.size):
        return np.zeros(len(others))
    return np.divide(others @ flat, own * spread, out=np.zeros(len(others)), where=spread > 0)


def sim(values: np.ndarray, densities: np.ndarray) -> np.ndarray:
    """Similarity: what the map and each density have in common as distributions (histogram intersection).

    Parameters
    ----------
    values : ndarray [S, S]
        The map.
    densities : ndarray [n, S, S]
        Fixation densities, each of sum 1.

    Returns
    -------
    ndarray [n]
        0 to 1.
    """
    return np.minimum(distribution(values), densities).sum(axis=(1, 2))


def kl(values: np.ndarray, densities: np.ndarray) -> np.ndarray:
    """Divergence of each density from the map: the sum of Q log(Q / (eps + P)), Q the gaze and P the map.

    Bylinskii et al. add eps within the logarithm too; that changes no digit that is shown.

    Parameters
    ----------
    values : ndarray [S, S]
        The map.
    densities : ndarray [n, S, S]
        Fixation densities, each of sum 1.

    Returns
    -------
    ndarray [n]
        Nats; lower is better. Places that are looked at and have no value cost much.
    """
    flat = densities.reshape(len(densities), -1)
    own = special.xlogy(flat, flat).sum(axis=1)
    return own - flat @ np.log(EPSILON + distribution(values)).ravel()


OF_DENSITY: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {"cc": cc, "sim": sim, "kl": kl}
