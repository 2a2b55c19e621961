"""Agreement: do the models of different folds give the same explanation of the same held-out image?

Each function takes the Spearman correlations of one model's map, or coefficients, of an image with those of the other
folds' models that name the same class [m]. A map that looks at no model agrees with itself: high agreement is needed of
an explanation, and proves nothing.
"""

from __future__ import annotations

import numpy as np

from gestalt_regions.evaluation.measure_registry import measure


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")


@measure(
    "fold_rank", "agreement", range=(-1, 1), paper="own", label="maps of the folds' models", chance=None, ranked=False
)
def fold_rank(values: np.ndarray) -> float:
    """Agreement of the pixels of the absolute maps.

    Parameters
    ----------
    values : ndarray
        Correlations with the other models that name the same class, [m].

    Returns
    -------
    float
        Mean correlation; NaN without another model.
    """
    return _mean(values)


@measure(
    "fold_coefficients",
    "agreement",
    range=(-1, 1),
    paper="own",
    label="coefficients of the folds' models",
    chance=None,
    ranked=False,
)
def fold_coefficients(values: np.ndarray) -> float:
    """Agreement of the coefficients, over the regions.

    Parameters
    ----------
    values : ndarray
        Correlations with the other models that name the same class, [m].

    Returns
    -------
    float
        Mean correlation; NaN without another model.
    """
    return _mean(values)
