"""Sanity: does the map change when what the network has learned is destroyed? (Adebayo et al., NeurIPS 2018)

Each function takes how alike (or how far apart) the maps, or the region coefficients, of one image are before and
after: [d] for the d steps of a cascade that draws the weights again from the head down, each step all of the former's
and one stage more; [1] for a network trained on labels shuffled among the subjects. A right map must change; that it
does is no proof that it is right, since noise changes as well.
"""

from __future__ import annotations

import numpy as np

from gestalt_regions.evaluation.measure_registry import measure

ADEBAYO = "Adebayo et al., Sanity checks, NeurIPS 2018"
APART = (0.0, float("inf"))


@measure(
    "cascade_rank",
    "sanity",
    direction=-1,
    range=(-1, 1),
    paper=ADEBAYO,
    label="cascade, rank correlation",
    chance=None,
    ranked=False,
)
def cascade_rank(values: np.ndarray) -> float:
    """Spearman correlation of the absolute maps, mean over the steps.

    Parameters
    ----------
    values : ndarray
        How alike, or how far apart, before and after: [d] of the d steps, or [1].

    Returns
    -------
    float
        The mean.
    """
    return float(values.mean())


@measure(
    "cascade_ssim",
    "sanity",
    direction=-1,
    range=(-1, 1),
    paper=ADEBAYO,
    label="cascade, SSIM",
    chance=None,
    ranked=False,
)
def cascade_ssim(values: np.ndarray) -> float:
    """SSIM of the absolute maps, each scaled to [0, 1], mean over the steps.

    Parameters
    ----------
    values : ndarray
        How alike, or how far apart, before and after: [d] of the d steps, or [1].

    Returns
    -------
    float
        The mean.
    """
    return float(values.mean())


@measure(
    "cascade_coefficients",
    "sanity",
    direction=-1,
    range=(-1, 1),
    paper=f"own, after {ADEBAYO}",
    label="cascade, coefficients",
    chance=None,
    ranked=False,
)
def cascade_coefficients(values: np.ndarray) -> float:
    """Pearson correlation over the regions of the coefficients, mean over the steps.

    Parameters
    ----------
    values : ndarray
        How alike, or how far apart, before and after: [d] of the d steps, or [1].

    Returns
    -------
    float
        The mean.
    """
    return float(values.mean())


@measure(
    "cascade_distance",
    "sanity",
    range=APART,
    paper=f"own, after {ADEBAYO}",
    label="cascade, change of coefficients",
    chance=None,
    ranked=False,
)
def cascade_distance(values: np.ndarray) -> float:
    """Mean absolute change of the coefficients, relative to their mean size, mean over the steps.

    Parameters
    ----------
    values : ndarray
        How alike, or how far apart, before and after: [d] of the d steps, or [1].

    Returns
    -------
    float
        The mean.
    """
    return float(values.mean())


@measure(
    "redrawn_rank",
    "sanity",
    direction=-1,
    range=(-1, 1),
    paper=ADEBAYO,
    label="all weights, rank correlation",
    chance=None,
    ranked=False,
)
def redrawn_rank(values: np.ndarray) -> float:
    """Spearman correlation of the absolute maps at the last step: no learned weight is left.

    Parameters
    ----------
    values : ndarray
        How alike, or how far apart, before and after: [d] of the d steps, or [1].

    Returns
    -------
    float
        The last step.
    """
    return float(values[-1])


@measure(
    "redrawn_ssim",
    "sanity",
    direction=-1,
    range=(-1, 1),
    paper=ADEBAYO,
    label="all weights, SSIM",
    chance=None,
    ranked=False,
)
def redrawn_ssim(values: np.ndarray) -> float:
    """SSIM of the absolute maps at the last step.

    Parameters
    ----------
    values : ndarray
        How alike, or how far apart, before and after: [d] of the d steps, or [1].

    Returns
    -------
    float
        The last step.
    """
    return float(values[-1])


@measure(
    "shuffled_rank",
    "sanity",
    direction=-1,
    range=(-1, 1),
    paper=ADEBAYO,
    label="shuffled labels, rank correlation",
    chance=None,
    ranked=False,
)
def shuffled_rank(values: np.ndarray) -> float:
    """Spearman correlation of the absolute maps with those of a network trained on shuffled labels.

    Parameters
    ----------
    values : ndarray
        How alike, or how far apart, before and after: [d] of the d steps, or [1].

    Returns
    -------
    float
        The mean.
    """
    return float(values.mean())


@measure(
    "shuffled_ssim",
    "sanity",
    direction=-1,
    range=(-1, 1),
    paper=ADEBAYO,
    label="shuffled labels, SSIM",
    chance=None,
    ranked=False,
)
def shuffled_ssim(values: np.ndarray) -> float:
    """SSIM of the absolute maps with those of a network trained on shuffled labels.

    Parameters
    ----------
    values : ndarray
        How alike, or how far apart, before and after: [d] of the d steps, or [1].

    Returns
    -------
    float
        The mean.
    """
    return float(values.mean())


@measure(
    "shuffled_coefficients",
    "sanity",
    direction=-1,
    range=(-1, 1),
    paper=f"own, after {ADEBAYO}",
    label="shuffled labels, coefficients",
    chance=None,
    ranked=False,
)
def shuffled_coefficients(values: np.ndarray) -> float:
    """Pearson correlation over the regions of the coefficients.

    Parameters
    ----------
    values : ndarray
        How alike, or how far apart, before and after: [d] of the d steps, or [1].

    Returns
    -------
    float
        The mean.
    """
    return float(values.mean())


@measure(
    "shuffled_distance",
    "sanity",
    range=APART,
    paper=f"own, after {ADEBAYO}",
    label="shuffled labels, change of coefficients",
    chance=None,
    ranked=False,
)
def shuffled_distance(values: np.ndarray) -> float:
    """Mean absolute change of the coefficients, relative to their mean size.

    Parameters
    ----------
    values : ndarray
        How alike, or how far apart, before and after: [d] of the d steps, or [1].

    Returns
    -------
    float
        The mean.
    """
    return float(values.mean())
