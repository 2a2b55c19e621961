"""IoU and KL after Duong et al. (PLoS Genetics 2024), as far as their public code says how.

What their repository (github.com/datduong/tobii-eye-track-syndromic-faces) states and is done here, on grey levels of 0
to 255: the readers' maps are averaged; levels up to 10 are removed; the rest is scaled so that its mean is 0.3 of the
range, and clipped; levels up to a cut (70 low, 110 high) are removed; a box filter of 10 of 720 pixels smooths; what is
above 0.3 of the range is the region looked at. A saliency map loses levels up to 10, is smoothed by a box of 20 of 720
pixels, and its region is what is above 0.05. IoU is intersection over union, 0 where the union is empty.

What could not be verified: how KL was computed (its code is not published; paths call it symmetric). So KL is here the
sum of both directions between the two processed maps as distributions, with EPSILON for empty places, on which its
level depends. Nor could the colours of Tobii's heat maps, from which they took grey levels, and the paper's own text.
They also took the mean heat map of all pictures from each reader's map before averaging; that is not done here.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import ndimage

from gestalt_regions.clinicians.eye_tracking.gaze_measures import EPSILON, GazeMeasure, distribution

MEASURES = {
    "iou_duong_low": GazeMeasure("IoU (Duong, cut 70)", 1, "density"),
    "iou_duong_high": GazeMeasure("IoU (Duong, cut 110)", 1, "density"),
    "kl_duong_low": GazeMeasure("symmetric KL (after Duong, cut 70)", -1, "density"),
    "kl_duong_high": GazeMeasure("symmetric KL (after Duong, cut 110)", -1, "density"),
}
CUTS = {"low": 70, "high": 110}  # grey levels
FAINT = 10  # grey levels that are removed before scaling, and from saliency maps
MEAN, LOOKED_AT, SALIENT = 0.3, 0.3, 0.05  # of the range
SIDE, BOX, SALIENCY_BOX = 720, 10, 20  # pixels of their maps


def grey(values: np.ndarray) -> np.ndarray:
    """A map as grey levels.

    Parameters
    ----------
    values : ndarray [S, S]
        Never negative.

    Returns
    -------
    ndarray
        0 to 255, the largest 255; all 0 for an empty map.
    """
    top = float(values.max())
    return 255 * values.astype(np.float64) / top if top > 0 else np.zeros(values.shape)


def _smooth(levels: np.ndarray, box: int) -> np.ndarray:
    width = max(1, round(box * levels.shape[-1] / SIDE))
    return ndimage.uniform_filter(levels, width, mode="reflect")


def looked_at(density: np.ndarray, cut: float) -> tuple[np.ndarray, np.ndarray]:
    """The readers' map as they processed it.

    Parameters
    ----------
    density : ndarray [S, S]
        Mean over readers.
    cut : float
        Grey level.

    Returns
    -------
    levels : ndarray [S, S]
        0 to 255.
    region : ndarray of bool [S, S]
        What was looked at.
    """
    levels = grey(density)
    levels[levels <= FAINT] = 0
    if (some := levels > 0).any():
        levels = np.minimum(levels * MEAN * 255 / levels[some].mean(), 255).round()
    levels[levels <= cut] = 0
    levels = _smooth(levels, BOX)
    return levels, levels > LOOKED_AT * 255


def salient(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A saliency map as they processed it.

    Parameters
    ----------
    values : ndarray [S, S]
        Never negative.

    Returns
    -------
    levels : ndarray [S, S]
        0 to 255.
    region : ndarray of bool [S, S]
        What is salient.
    """
    levels = grey(values)
    levels[levels <= FAINT] = 0
    levels = _smooth(levels, SALIENCY_BOX)
    return levels, levels > SALIENT * 255


def iou(first: np.ndarray, second: np.ndarray) -> float:
    """Intersection over union of two regions.

    Parameters
    ----------
    first, second : ndarray of bool
        Of one shape.

    Returns
    -------
    float
        0 to 1; 0 where both are empty.
    """
    union = (first | second).sum()
    return float((first & second).sum() / union) if union else 0.0


def symmetric_kl(first: np.ndarray, second: np.ndarray) -> float:
    """KL divergence in both directions, added.

    Parameters
    ----------
    first, second : ndarray
        Never negative, of one shape.

    Returns
    -------
    float
        Nats, 0 for equal distributions.
    """
    p, q = (distribution(each) + EPSILON for each in (first, second))
    p, q = p / p.sum(), q / q.sum()
    return float(((p - q) * (np.log(p) - np.log(q))).sum())


def processed(density: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """A density as they processed it, for each cut.

    Parameters
    ----------
    density : ndarray [S, S]
        Mean over readers.

    Returns
    -------
    dict
        Key of CUTS -> levels and region.
    """
    return {name: looked_at(density, cut) for name, cut in CUTS.items()}


def duong(
    gaze: Mapping[str, tuple[np.ndarray, np.ndarray]], values: np.ndarray, of_readers: bool = False
) -> dict[str, float]:
    """All of MEASURES.

    Parameters
    ----------
    gaze : mapping
        Of `processed`: the density of all readers.
    values : ndarray [S, S]
        The map that it is compared with.
    of_readers : bool
        Whether that is another density, which is then processed as one.

    Returns
    -------
    dict
        Measure -> value.
    """
    scores = {}
    for name, (levels, region) in gaze.items():
        other, other_region = looked_at(values, CUTS[name]) if of_readers else salient(values)
        scores[f"iou_duong_{name}"] = iou(region, other_region)
        scores[f"kl_duong_{name}"] = symmetric_kl(levels, other)
    return scores
