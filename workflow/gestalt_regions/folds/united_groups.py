"""Families as splits take them: images that are tied by a common person or kin group, over any number of steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd


def united_groups(subjects: Sequence[str], kin: Sequence[str]) -> np.ndarray:
    """One group for each set of images tied by a common subject or kin group.

    A group is numbered by the sorted place of its kin group (numbers sort as numbers), so that where every subject has
    one kin group the numbering, and with it the folds, are those of the kin groups themselves.

    Parameters
    ----------
    subjects : sequence of str
        Subject of each image.
    kin : sequence of str
        Kin group of each image.

    Returns
    -------
    ndarray of int [N]
        Group of each image.
    """
    from scipy.sparse import coo_array  # slow to import: planning does without
    from scipy.sparse.csgraph import connected_components

    kin_codes, kin_names = pd.factorize(pd.Series(kin))
    subject_codes, subject_names = pd.factorize(pd.Series(subjects))
    if all(str(name).isdecimal() for name in kin_names):
        keys = np.array([int(name) for name in kin_names])
    else:
        keys = np.array(kin_names, dtype=str)
    size = len(kin_names) + len(subject_names)
    edges = coo_array((np.ones(len(kin_codes)), (kin_codes, subject_codes + len(kin_names))), shape=(size, size))
    component = connected_components(edges, directed=False)[1][: len(kin_names)]
    place = np.empty(len(kin_names), int)
    place[np.argsort(keys, kind="stable")] = np.arange(len(kin_names))
    first = pd.Series(place).groupby(component).transform("min").to_numpy()
    return np.unique(first[kin_codes], return_inverse=True)[1]
