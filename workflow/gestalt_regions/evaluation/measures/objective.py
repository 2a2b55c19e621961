"""Objective measures: does the map predict what the network does to a changed image?

Each function takes the `Answers` of one image. No truth is needed, so these work on photographs too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gestalt_regions.evaluation.registry import measure

RISE = "Petsiuk et al., RISE, BMVC 2018"
SAMEK = "Samek et al., IEEE TNNLS 2017"
RONG = "Rong et al., ROAD, ICML 2022"
YEH = "Yeh et al., NeurIPS 2019"


@dataclass(frozen=True)
class Answers:
    """What the network said to one image's changed versions, and what the map had foretold.

    shares [s], from 0 to 1, and the target's probability [s] as that share of the pixels, the most or the least
    relevant first, is replaced by the mean colour (`mean_*`) or the blurred image (`blur_*`); road_shares [r] and
    road_* [r] likewise with imputed pixels. sums [k]: the map over k squares; drops [k]: fall of the logit when each
    is removed. changes [p]: relative change of the map under p small changes of the image (`relative_change`).
    """

    shares: np.ndarray
    mean_most: np.ndarray
    mean_least: np.ndarray
    blur_most: np.ndarray
    blur_least: np.ndarray
    road_shares: np.ndarray
    road_most: np.ndarray
    road_least: np.ndarray
    sums: np.ndarray
    drops: np.ndarray
    changes: np.ndarray


def area(shares: np.ndarray, values: np.ndarray) -> float:
    """Area under the curve (trapezoids) over the range of the shares, as a mean height."""
    return float(np.trapezoid(values, shares) / (shares[-1] - shares[0]))


@measure("deletion_most", "objective", direction=-1, range=(0, 1), paper=f"{RISE}; {SAMEK}",
         label="deletion, most relevant first")  # fmt: skip
def deletion_most(answers: Answers) -> float:
    """The probability falls fast when the most relevant pixels take the mean colour first."""
    return area(answers.shares, answers.mean_most)


@measure("deletion_least", "objective", range=(0, 1), paper=SAMEK, label="deletion, least relevant first")
def deletion_least(answers: Answers) -> float:
    """The probability stays when the least relevant pixels take the mean colour first."""
    return area(answers.shares, answers.mean_least)


@measure("deletion_gap", "objective", range=(-1, 1), paper="own; as in Samek et al. 2017", label="deletion gap")
def deletion_gap(answers: Answers) -> float:
    """Area between both curves: what any removal does to the network cancels, the order is left."""
    return deletion_least(answers) - deletion_most(answers)


@measure("insertion_most", "objective", range=(0, 1), paper=RISE, label="insertion, most relevant first")
def insertion_most(answers: Answers) -> float:
    """The probability rises fast when the most relevant pixels are put into the blurred image first; that is the
    removal of the least relevant ones, run backwards."""
    return area(answers.shares, answers.blur_least)


@measure("insertion_least", "objective", direction=-1, range=(0, 1), paper=RISE,
         label="insertion, least relevant first")  # fmt: skip
def insertion_least(answers: Answers) -> float:
    """The probability stays low when the least relevant pixels are put into the blurred image first."""
    return area(answers.shares, answers.blur_most)


@measure("insertion_gap", "objective", range=(-1, 1), paper="own; as in Samek et al. 2017", label="insertion gap")
def insertion_gap(answers: Answers) -> float:
    """Area between both insertion curves."""
    return insertion_most(answers) - insertion_least(answers)


@measure("road_most", "objective", direction=-1, range=(0, 1), paper=RONG, label="ROAD, most relevant first")
def road_most(answers: Answers) -> float:
    """Mean probability over the shares of pixels that are imputed, the most relevant first."""
    return float(answers.road_most.mean())


@measure("road_least", "objective", range=(0, 1), paper=RONG, label="ROAD, least relevant first")
def road_least(answers: Answers) -> float:
    """Mean probability over the shares of pixels that are imputed, the least relevant first."""
    return float(answers.road_least.mean())


@measure("road_gap", "objective", range=(-1, 1), paper=RONG, label="ROAD gap")
def road_gap(answers: Answers) -> float:
    """Least relevant first less most relevant first."""
    return road_least(answers) - road_most(answers)


@measure("infidelity", "objective", direction=-1, range=(0, 1), paper=YEH, label="infidelity")
def infidelity(answers: Answers) -> float:
    """Mean squared error of the drops of the logit foretold by the map's sums, as a share of their mean square.

    Yeh et al., definition 2.1, for the removal of squares; the map may be stretched by the one factor that suits it
    best (their section 4; captum's `normalize`), but not turned round: a map that says the opposite scores 1. NaN where
    the map or the drops are zero throughout.
    """
    power, total = (answers.sums**2).sum(), (answers.drops**2).sum()
    if power == 0 or total == 0:
        return float("nan")
    return float(1 - max((answers.sums * answers.drops).sum(), 0) ** 2 / (power * total))


@measure("max_sensitivity", "objective", direction=-1, range=(0, float("inf")), paper=YEH, label="max-sensitivity")
def max_sensitivity(answers: Answers) -> float:
    """Largest relative change of the map under small changes of the image (Yeh et al., definition 3.1).

    It does not tell a right map from a wrong one: one that never looks at the image scores 0, the best value.
    """
    return float(answers.changes.max()) if len(answers.changes) else float("nan")
