"""Region recovery: are the regions that really changed told from the others by their coefficients?

The functions take the coefficients [R] of one image and, of the truth about the regions between the face and its
unaffected twin: `amount`, the mean change in grey levels; `changed`, which count as changed (1 or 0); `displacement`,
how far the landmarks moved (the published regions alone). Grey levels change most where the picture has contrast,
whatever moved there: a map of edges follows the amount, but has no reason to follow the displacement.
"""

from __future__ import annotations

import numpy as np

from gestalt_regions.evaluation.measure_registry import FLAT, measure, pooled
from gestalt_regions.statistics.toolkit.spearman import spearman, weighted_ranks

OWN = "own, after Arras et al. 2022"


def area_under_curve(scores: np.ndarray, truth: np.ndarray) -> float:
    """Probability that a true item scores above a false one, ties counting one half.

    Parameters
    ----------
    scores : ndarray
        [n].
    truth : ndarray
        bool [n].

    Returns
    -------
    float
        In [0, 1]; NaN without both kinds.
    """
    true = int(truth.sum())
    if true in (0, len(truth)):
        return float("nan")
    ranks = weighted_ranks(scores, np.ones((1, len(scores))))[0]
    return float((ranks[truth].sum() - true * (true + 1) / 2) / (true * (len(truth) - true)))


@measure("auc", "recovery", range=(0, 1), paper=OWN, label="AUC", chance=0.5)
def auc(coefficients: np.ndarray, changed: np.ndarray) -> float:
    """Area under the ROC curve of changed against other regions.

    Parameters
    ----------
    coefficients : ndarray
        Of each region, [R].
    changed : ndarray
        Which regions changed, 1 or 0, [R].

    Returns
    -------
    float
        In [0, 1]; NaN where all or none of them changed.
    """
    return area_under_curve(coefficients, changed > 0)


@measure("average_precision", "recovery", range=(0, 1), paper=OWN, label="average precision", chance=FLAT)
def average_precision(coefficients: np.ndarray, changed: np.ndarray) -> float:
    """Precision at each changed region, weighted by the gain of recall.

    Ties are resolved by expectation over a random order (McSherry and Najork, ECIR 2008); without ties it is that of
    scikit-learn.

    Parameters
    ----------
    coefficients : ndarray
        Of each region, [R].
    changed : ndarray
        Which regions changed, 1 or 0, [R].

    Returns
    -------
    float
        In [0, 1]; NaN where all or none of the regions changed: with all, every order is right.
    """
    if changed.all() or not changed.any():
        return float("nan")
    order = np.argsort(-coefficients, kind="stable")
    first = np.flatnonzero(np.diff(coefficients[order], prepend=np.inf))  # of each group of ties
    size = np.diff(first, append=len(order))
    hits = np.add.reduceat(changed[order] > 0, first, dtype=float)
    before = np.repeat(np.cumsum(hits) - hits, size)  # changed regions above the group
    place = np.arange(len(order)) - np.repeat(first, size)  # within the group
    others = np.repeat((hits - 1) / np.maximum(size - 1, 1), size)  # expected ones at each earlier place of the group
    share = np.repeat(hits / size, size)
    return float((share * (before + 1 + place * others) / np.arange(1, len(order) + 1)).sum() / changed.sum())


@measure("amount_spearman", "recovery", range=(-1, 1), paper="own", label="Spearman with amount", chance=0.0)
def amount_spearman(coefficients: np.ndarray, amount: np.ndarray) -> float:
    """Does the coefficient follow the amount of change?

    Parameters
    ----------
    coefficients : ndarray
        Of each region, [R].
    amount : ndarray
        Mean change of each region, grey levels, [R].

    Returns
    -------
    float
        Spearman's correlation; NaN where either is constant.
    """
    return float(spearman(coefficients, amount)[0])


@measure(
    "displacement_spearman", "recovery", range=(-1, 1), paper="own", label="Spearman with displacement", chance=0.0
)
def displacement_spearman(coefficients: np.ndarray, displacement: np.ndarray) -> float:
    """Does the coefficient follow how far the region moved?

    Parameters
    ----------
    coefficients : ndarray
        Of each region, [R].
    displacement : ndarray
        How far the landmarks of each region moved, eye distances, [R].

    Returns
    -------
    float
        Spearman's correlation; NaN where either is constant.
    """
    return float(spearman(coefficients, displacement)[0])


pooled("auc_pooled", "recovery", "auc", ("coefficient", "changed"), range=(0, 1), paper=OWN, label="AUC, pooled")
pooled(
    "average_precision_pooled",
    "recovery",
    "average_precision",
    ("coefficient", "changed"),
    range=(0, 1),
    paper=OWN,
    label="average precision, pooled",
)
pooled(
    "amount_spearman_pooled",
    "recovery",
    "spearman",
    ("coefficient", "amount"),
    range=(-1, 1),
    paper="own",
    label="Spearman with amount, pooled",
)
pooled(
    "displacement_spearman_pooled",
    "recovery",
    "spearman",
    ("coefficient", "displacement"),
    range=(-1, 1),
    paper="own",
    label="Spearman with displacement, pooled",
)

for truth, statistic, lowest, name in (
    ("changed", "auc", 0, "AUC"),
    ("amount", "spearman", -1, "Spearman with amount"),
    ("displacement", "spearman", -1, "Spearman with displacement"),
):
    pooled(
        "auc_within" if statistic == "auc" else f"{truth}_spearman_within",
        "recovery",
        statistic,
        ("coefficient", truth),
        range=(lowest, 1),
        paper="own",
        label=f"{name}, within",
        within=True,
    )
