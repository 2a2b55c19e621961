"""Objective measures: does the map predict what the network does to a changed image?

Each function takes the evidence of one image: `Curves`, `Squares` or `Changes`. No truth is needed, so these measures
work on photographs too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gestalt_regions.evaluation.measure_registry import RANDOM, measure

RISE = "Petsiuk et al., RISE, BMVC 2018"
SAMEK = "Samek et al., IEEE TNNLS 2017"
RONG = "Rong et al., ROAD, ICML 2022"
YEH = "Yeh et al., NeurIPS 2019"


@dataclass(frozen=True)
class Curves:
    """The target's probability as a share of the pixels, the most or the least relevant first, is taken away.

    Attributes
    ----------
    shares : ndarray
        [s], from 0 to 1.
    mean_most, mean_least : ndarray
        [s], the pixels replaced by the mean colour.
    blur_most, blur_least : ndarray
        [s], the pixels replaced by those of the blurred image.
    road_shares : ndarray
        [r], below 1.
    road_most, road_least : ndarray
        [r], the pixels imputed from their neighbours.
    """

    shares: np.ndarray
    mean_most: np.ndarray
    mean_least: np.ndarray
    blur_most: np.ndarray
    blur_least: np.ndarray
    road_shares: np.ndarray
    road_most: np.ndarray
    road_least: np.ndarray


@dataclass(frozen=True)
class Squares:
    """What a map foretells of k squares, beside what the network says without each of them.

    Attributes
    ----------
    foretold : ndarray
        Fall of the target's logit that the map foretells for each, up to a factor, [k]; or one row for each way of
        reading the map, [ways, k].
    drops : ndarray
        Fall of the target's logit when each is removed, [k].
    """

    foretold: np.ndarray
    drops: np.ndarray


@dataclass(frozen=True)
class Changes:
    """How far the map moves under small changes of the image.

    Attributes
    ----------
    relative : ndarray
        Relative change of the map under p changes, [p]; none where that was not tried.
    """

    relative: np.ndarray


def area(shares: np.ndarray, values: np.ndarray) -> float:
    """Area under the curve (trapezoids) over the range of the shares, as a mean height.

    Parameters
    ----------
    shares : ndarray
        Places of the points, rising, [s].
    values : ndarray
        Heights of the points, [s].

    Returns
    -------
    float
        In the units of the values.
    """
    return float(np.trapezoid(values, shares) / (shares[-1] - shares[0]))


@measure(
    "deletion_most",
    "objective",
    direction=-1,
    range=(0, 1),
    paper=f"{RISE}; {SAMEK}",
    label="deletion, most relevant first",
    chance=RANDOM,
    ranked=False,
)
def deletion_most(evidence: Curves) -> float:
    """The probability falls fast when the most relevant pixels take the mean colour first.

    Parameters
    ----------
    evidence : Curves
        Of one image.

    Returns
    -------
    float
        Area under the curve, in [0, 1]; less is better.
    """
    return area(evidence.shares, evidence.mean_most)


@measure(
    "deletion_least",
    "objective",
    range=(0, 1),
    paper=SAMEK,
    label="deletion, least relevant first",
    chance=RANDOM,
    ranked=False,
)
def deletion_least(evidence: Curves) -> float:
    """The probability stays when the least relevant pixels take the mean colour first.

    Parameters
    ----------
    evidence : Curves
        Of one image.

    Returns
    -------
    float
        Area under the curve, in [0, 1].
    """
    return area(evidence.shares, evidence.mean_least)


@measure(
    "deletion_gap", "objective", range=(-1, 1), paper="own; as in Samek et al. 2017", label="deletion gap", chance=0.0
)
def deletion_gap(evidence: Curves) -> float:
    """Area between both deletion curves.

    What any removal does to the network cancels, the order is left. A random order and its reverse are alike, so chance
    is 0.

    Parameters
    ----------
    evidence : Curves
        Of one image.

    Returns
    -------
    float
        In [-1, 1].
    """
    return deletion_least(evidence) - deletion_most(evidence)


@measure(
    "insertion_most",
    "objective",
    range=(0, 1),
    paper=RISE,
    label="insertion, most relevant first",
    chance=RANDOM,
    ranked=False,
)
def insertion_most(evidence: Curves) -> float:
    """The probability rises fast when the most relevant pixels are put into the blurred image first.

    That is the removal of the least relevant ones, run backwards.

    Parameters
    ----------
    evidence : Curves
        Of one image.

    Returns
    -------
    float
        Area under the curve, in [0, 1].
    """
    return area(evidence.shares, evidence.blur_least)


@measure(
    "insertion_least",
    "objective",
    direction=-1,
    range=(0, 1),
    paper=RISE,
    label="insertion, least relevant first",
    chance=RANDOM,
    ranked=False,
)
def insertion_least(evidence: Curves) -> float:
    """The probability stays low when the least relevant pixels are put into the blurred image first.

    Parameters
    ----------
    evidence : Curves
        Of one image.

    Returns
    -------
    float
        Area under the curve, in [0, 1]; less is better.
    """
    return area(evidence.shares, evidence.blur_most)


@measure(
    "insertion_gap", "objective", range=(-1, 1), paper="own; as in Samek et al. 2017", label="insertion gap", chance=0.0
)
def insertion_gap(evidence: Curves) -> float:
    """Area between both insertion curves.

    Parameters
    ----------
    evidence : Curves
        Of one image.

    Returns
    -------
    float
        In [-1, 1].
    """
    return insertion_most(evidence) - insertion_least(evidence)


@measure(
    "road_most",
    "objective",
    direction=-1,
    range=(0, 1),
    paper=RONG,
    label="ROAD, most relevant first",
    chance=RANDOM,
    ranked=False,
)
def road_most(evidence: Curves) -> float:
    """Mean probability over the shares of pixels that are imputed, the most relevant first.

    Parameters
    ----------
    evidence : Curves
        Of one image.

    Returns
    -------
    float
        In [0, 1].
    """
    return float(evidence.road_most.mean())


@measure(
    "road_least", "objective", range=(0, 1), paper=RONG, label="ROAD, least relevant first", chance=RANDOM, ranked=False
)
def road_least(evidence: Curves) -> float:
    """Mean probability over the shares of pixels that are imputed, the least relevant first.

    Parameters
    ----------
    evidence : Curves
        Of one image.

    Returns
    -------
    float
        In [0, 1].
    """
    return float(evidence.road_least.mean())


@measure("road_gap", "objective", range=(-1, 1), paper=RONG, label="ROAD gap", chance=0.0)
def road_gap(evidence: Curves) -> float:
    """Least relevant first less most relevant first.

    Parameters
    ----------
    evidence : Curves
        Of one image.

    Returns
    -------
    float
        In [-1, 1].
    """
    return road_least(evidence) - road_most(evidence)


@measure("infidelity", "objective", direction=-1, range=(0, 1), paper=YEH, label="infidelity", chance=RANDOM)
def infidelity(evidence: Squares) -> float:
    """Mean squared error of the foretold falls of the logit, as a share of their mean square.

    Yeh et al., definition 2.1, for the removal of squares; the map may be stretched by the one factor that suits it
    best (their section 4; captum's `normalize`), but not turned round: a map that says the opposite scores 1. A map
    that can be read in several ways has the value of the best.

    Parameters
    ----------
    evidence : Squares
        Of one image.

    Returns
    -------
    float
        In [0, 1]; NaN where the map or the drops are zero throughout.
    """
    foretold, total = np.atleast_2d(evidence.foretold), (evidence.drops**2).sum()
    power = (foretold**2).sum(axis=1)
    if not power.any() or total == 0:
        return float("nan")
    explained = np.maximum(foretold @ evidence.drops, 0)[power > 0] ** 2 / (power[power > 0] * total)
    return float(1 - explained.max())


@measure(
    "max_sensitivity",
    "objective",
    direction=-1,
    range=(0, float("inf")),
    paper=YEH,
    label="max-sensitivity",
    chance=None,
    ranked=False,
)
def max_sensitivity(evidence: Changes) -> float:
    """Largest relative change of the map under small changes of the image (Yeh et al., definition 3.1).

    It does not tell a right map from a wrong one: one that never looks at the image scores 0, the best value.

    Parameters
    ----------
    evidence : Changes
        Of one image.

    Returns
    -------
    float
        0 or more; NaN where it was not tried.
    """
    return float(evidence.relative.max()) if len(evidence.relative) else float("nan")
