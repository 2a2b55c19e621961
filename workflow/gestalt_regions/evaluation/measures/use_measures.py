"""What the network uses: do the coefficients follow how much its answer drops when a region's change is reverted?

Each function takes, for the published regions of one image: the coefficients [R], and the drop of the target's logit
and of its probability [R] when the signs of that region alone are reverted by rendering. A region that shows no sign
has nothing to revert: its drop is 0.
"""

from __future__ import annotations

import numpy as np

from gestalt_regions.evaluation.measure_registry import measure, pooled
from gestalt_regions.statistics.toolkit.spearman import spearman

PAPER = "own; on-manifold form of Bach et al. 2015"


@measure("logit_spearman", "use", range=(-1, 1), paper=PAPER, label="Spearman with logit drop")
def logit_spearman(coefficients: np.ndarray, logit: np.ndarray, probability: np.ndarray) -> float:
    """Spearman's correlation of the coefficients with the drops of the logit.

    Parameters
    ----------
    coefficients : ndarray
        Of each region, [R].
    logit : ndarray
        Drop of the target's logit without each region's signs, [R].
    probability : ndarray
        Drop of the target's probability without each region's signs, [R].

    Returns
    -------
    float
        NaN where either is constant over the regions.
    """
    return float(spearman(coefficients, logit)[0])


@measure("probability_spearman", "use", range=(-1, 1), paper=PAPER, label="Spearman with probability drop")
def probability_spearman(coefficients: np.ndarray, logit: np.ndarray, probability: np.ndarray) -> float:
    """Spearman's correlation of the coefficients with the drops of the probability.

    Parameters
    ----------
    coefficients : ndarray
        Of each region, [R].
    logit : ndarray
        Drop of the target's logit without each region's signs, [R].
    probability : ndarray
        Drop of the target's probability without each region's signs, [R].

    Returns
    -------
    float
        NaN where either is constant over the regions.
    """
    return float(spearman(coefficients, probability)[0])


for quantity in ("logit", "probability"):
    pooled(
        f"{quantity}_spearman_pooled",
        "use",
        "spearman",
        ("coefficient", quantity),
        range=(-1, 1),
        paper=PAPER,
        label=f"Spearman with {quantity} drop, pooled",
    )
