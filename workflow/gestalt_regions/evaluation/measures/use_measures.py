"""What the network uses: do the coefficients follow how much its answer drops when a region's change is reverted?

Each function takes, for the published regions of one image: the coefficients [R], and the drop of the target's logit or
of its probability [R] when the signs of that region alone are reverted by rendering. A region that shows no sign has
nothing to revert: its drop is 0. Coefficients of an absolute policy are compared with the amount of the drop, positive
ones with its positive part, signed ones with the drop itself (region_pairs.under).

Scored are faces that their fold's network recognises; the same of all other faces stands apart.
"""

from __future__ import annotations

import numpy as np

from gestalt_regions.evaluation.measure_registry import OTHERS, measure, pooled
from gestalt_regions.statistics.toolkit.spearman import spearman

PAPER = "own; on-manifold form of Bach et al. 2015"


@measure(
    "logit_spearman_others",
    "use",
    range=(-1, 1),
    paper=PAPER,
    label="Spearman with logit drop, other faces",
    chance=0.0,
    faces=OTHERS,
    ranked=False,
)
@measure("logit_spearman", "use", range=(-1, 1), paper=PAPER, label="Spearman with logit drop", chance=0.0)
def logit_spearman(coefficients: np.ndarray, logit: np.ndarray) -> float:
    """Spearman's correlation of the coefficients with the drops of the logit.

    Parameters
    ----------
    coefficients : ndarray
        Of each region, [R].
    logit : ndarray
        Drop of the target's logit without each region's signs, [R].

    Returns
    -------
    float
        NaN where either is constant over the regions.
    """
    return float(spearman(coefficients, logit)[0])


@measure(
    "probability_spearman_others",
    "use",
    range=(-1, 1),
    paper=PAPER,
    label="Spearman with probability drop, other faces",
    chance=0.0,
    faces=OTHERS,
    ranked=False,
)
@measure("probability_spearman", "use", range=(-1, 1), paper=PAPER, label="Spearman with probability drop", chance=0.0)
def probability_spearman(coefficients: np.ndarray, probability: np.ndarray) -> float:
    """Spearman's correlation of the coefficients with the drops of the probability.

    Parameters
    ----------
    coefficients : ndarray
        Of each region, [R].
    probability : ndarray
        Drop of the target's probability without each region's signs, [R].

    Returns
    -------
    float
        NaN where either is constant over the regions.
    """
    return float(spearman(coefficients, probability)[0])


for quantity in ("logit", "probability"):
    pair = "coefficient", quantity
    label = f"Spearman with {quantity} drop"
    pooled(
        f"{quantity}_spearman_pooled",
        "use",
        "spearman",
        pair,
        range=(-1, 1),
        paper=PAPER,
        label=f"{label}, pooled",
    )
    pooled(
        f"{quantity}_spearman_pooled_others",
        "use",
        "spearman",
        pair,
        range=(-1, 1),
        paper=PAPER,
        label=f"{label}, pooled, other faces",
        faces=OTHERS,
        ranked=False,
    )
    pooled(
        f"{quantity}_spearman_within",
        "use",
        "spearman",
        pair,
        range=(-1, 1),
        paper=PAPER,
        label=f"{label}, within",
        within=True,
    )
