"""Pixels: does the map lie where the face really changed?

Each function takes the relevance of all pixels of one image [n], never negative, and which of them changed between the
face and its unaffected twin (bool [n]). Ties (a constant map has nothing else) are resolved by expectation over a
random order. All are NaN where no pixel changed or all did, or where the map is empty.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from gestalt_regions.evaluation.measure_registry import FLAT, measure
from gestalt_regions.evaluation.measures.recovery_measures import area_under_curve

ARRAS = "Arras et al., CLEVR-XAI, Information Fusion 2022"


def _defined(function: Callable) -> Callable:
    @functools.wraps(function)
    def guarded(relevance: np.ndarray, changed: np.ndarray) -> float:
        some = changed.any() and not changed.all() and (relevance > 0).any()
        return function(relevance, changed) if some else float("nan")

    return guarded


@measure("mass_accuracy", "pixels", range=(0, 1), paper=ARRAS, label="relevance mass accuracy", chance=FLAT)
@_defined
def mass_accuracy(relevance: np.ndarray, changed: np.ndarray) -> float:
    """Share of all relevance that lies on changed pixels.

    Parameters
    ----------
    relevance : ndarray
        Of each pixel, never negative, [n].
    changed : ndarray
        Which pixels changed, bool [n].

    Returns
    -------
    float
        In [0, 1]; NaN where it is undefined.
    """
    return float(relevance[changed].sum(dtype=np.float64) / relevance.sum(dtype=np.float64))


@measure("rank_accuracy", "pixels", range=(0, 1), paper=ARRAS, label="relevance rank accuracy", chance=FLAT)
@_defined
def rank_accuracy(relevance: np.ndarray, changed: np.ndarray) -> float:
    """Share of the K most relevant pixels that changed, K being the number of changed pixels.

    Parameters
    ----------
    relevance : ndarray
        Of each pixel, never negative, [n].
    changed : ndarray
        Which pixels changed, bool [n].

    Returns
    -------
    float
        In [0, 1]; NaN where it is undefined.
    """
    count = int(changed.sum())
    border = np.partition(relevance, -count)[-count]
    above, tied = relevance > border, relevance == border
    places = count - above.sum()
    return float((changed[above].sum() + places * changed[tied].mean()) / count)


@measure(
    "pointing_game",
    "pixels",
    range=(0, 1),
    paper="Zhang et al., Excitation Backprop, IJCV 2018",
    label="pointing game",
    chance=FLAT,
)
@_defined
def pointing_game(relevance: np.ndarray, changed: np.ndarray) -> float:
    """1 if the most relevant pixel changed, else 0.

    No tolerance around it, since the change map is no box.

    Parameters
    ----------
    relevance : ndarray
        Of each pixel, never negative, [n].
    changed : ndarray
        Which pixels changed, bool [n].

    Returns
    -------
    float
        In [0, 1]; ties by expectation; NaN where it is undefined.
    """
    return float(changed[relevance == relevance.max()].mean())


@measure(
    "pixel_auc", "pixels", range=(0, 1), paper="own; as in Judd et al. 2012 for gaze", label="pixel AUC", chance=0.5
)
@_defined
def pixel_auc(relevance: np.ndarray, changed: np.ndarray) -> float:
    """Probability that a changed pixel has more relevance than another.

    Parameters
    ----------
    relevance : ndarray
        Of each pixel, never negative, [n].
    changed : ndarray
        Which pixels changed, bool [n].

    Returns
    -------
    float
        In [0, 1]; NaN where it is undefined.
    """
    return area_under_curve(relevance, changed)
