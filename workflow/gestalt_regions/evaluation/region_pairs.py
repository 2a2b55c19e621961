"""Pairs of a region's coefficient and what is known of the region: the tables behind the pooled measures.

A row is a region of a face that a fold's network explains. A method has one coefficient by each policy. A prior
(measure_registry.PRIORS) has one for each truth instead, because it is made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np
import pandas as pd

from gestalt_regions.evaluation.measure_registry import OTHERS

PAIR_KEYS = ["sample_id", "fold", "subject_id", "kin_group", "target", "network", "recognised"]
PAIR_TEXT = ["sample_id", "fold", "subject_id", "kin_group", "target", "network", "region_set", "region"]

# What a coefficient is compared with, by the sign of its policy: an absolute one says how much a region counts, not
# whether for or against the class. A truth that is never negative is the same under each.
_UNDER: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "absolute": np.abs,
    "positive": lambda truth: np.maximum(truth, 0),
    "signed": lambda truth: truth,
}


def under(sign: str, truth: np.ndarray) -> np.ndarray:
    """The truth that the coefficients of a policy are compared with.

    Parameters
    ----------
    sign : str
        Of the policy: absolute, positive or signed.
    truth : ndarray
        What is known of the regions, in its own unit, of any shape.

    Returns
    -------
    ndarray
        Its amount, its positive part, or itself.
    """
    return _UNDER[sign](truth)


def prior_column(truth: str, sign: str) -> str:
    """The column of a prior's pairs that takes the place of a policy's.

    Parameters
    ----------
    truth : str
        Column of what is known of the regions.
    sign : str
        Sign of the policy.

    Returns
    -------
    str
        Its name.
    """
    return f"prior_{truth}_{sign}"


def coefficient_column(truth: str, policy: str, sign: str, columns: Collection[str]) -> str:
    """Where a table of pairs has the coefficients that are compared with a truth.

    Parameters
    ----------
    truth : str
        Column of what is known of the regions.
    policy, sign : str
        The policy, and its sign.
    columns : collection of str
        Those of the table.

    Returns
    -------
    str
        The policy's, or of a prior that of the truth.
    """
    prior = prior_column(truth, sign)
    return prior if prior in columns else policy


def of_faces(pairs: pd.DataFrame, faces: str) -> pd.DataFrame:
    """The rows of some faces.

    Parameters
    ----------
    pairs : DataFrame
        PAIR_KEYS among its columns.
    faces : str
        RECOGNISED or OTHERS.

    Returns
    -------
    DataFrame
        Some of the rows.
    """
    return pairs[(pairs["recognised"] == 0) == (faces == OTHERS)]


def strata(pairs: pd.DataFrame) -> np.ndarray:
    """What a measure within class and region compares its rows within.

    Parameters
    ----------
    pairs : DataFrame
        n rows.

    Returns
    -------
    ndarray
        Number of the class and region of each row [n], from 0.
    """
    return pairs.groupby(["target", "region"], sort=False).ngroup().to_numpy()
