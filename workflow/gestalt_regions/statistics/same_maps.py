"""Methods whose maps are those of another under every policy that the study shows: one method under two names.

The gradient times the input and the same times a sign are such a pair where absolute maps are shown. They are found
by the coefficients of all regions of all explained images, and count once where tests are corrected or methods ranked.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_pieces, read_table, write_table

log = logging.getLogger("gestalt_regions")
SAME = ["method", "same_as"]
TOLERANCE = 1e-5  # of a coefficient, relative: two ways to compute one map in float32 differ by less
KEYS = ["sample_id", "fold", "region", "policy"]


def _pieces(path: str, policies: Sequence[str]) -> Iterator[pd.DataFrame]:
    """KEYS and coefficients under these policies, a limited number of rows at a time."""
    for table in read_pieces(path, [*KEYS, "coefficient"], KEYS):
        yield table[table["policy"].isin(policies)].reset_index(drop=True)


def _equal(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    if not one[KEYS].equals(other[KEYS]):
        return False
    return np.allclose(one["coefficient"], other["coefficient"], rtol=TOLERANCE, atol=0, equal_nan=True)


def same_maps(paths: Sequence[str], policies: Sequence[str]) -> dict[str, str]:
    """Which methods repeat another.

    Parameters
    ----------
    paths : sequence of str
        coefficients/{method}.csv of each method.
    policies : sequence of str
        The policies under which the maps are compared.

    Returns
    -------
    dict
        Method -> the first one with the same maps; methods that repeat none are not there.
    """
    first: dict[str, pd.DataFrame] = {}  # path of a method that repeats none -> its first rows, which mostly differ
    same: dict[str, str] = {}
    for path in paths:
        begins = next(_pieces(path, policies))
        for other in (name for name, known in first.items() if _equal(known, begins)):
            if all(map(_equal, _pieces(other, policies), _pieces(path, policies))):
                same[Path(path).stem] = Path(other).stem
                break
        else:
            first[path] = begins
    return same


def write_same_maps(paths: Sequence[str], output: str, *, policies: Sequence[str]) -> None:
    """Write which methods repeat another; the log warns of each.

    Parameters
    ----------
    paths : sequence of str
        coefficients/{method}.csv of each method.
    output : str
        Path of the table SAME, empty where all maps differ.
    policies : sequence of str
        The policies that the study shows.
    """
    same = same_maps(paths, policies)
    for sentence in said(same):
        log.warning("%s", sentence)
    write_table(pd.DataFrame(list(same.items()), columns=SAME), output)


def read_same_maps(path: str | Path) -> dict[str, str]:
    """What `write_same_maps` wrote.

    Parameters
    ----------
    path : str or path
        The table SAME.

    Returns
    -------
    dict
        Method -> the first one with the same maps.
    """
    table = read_table(path, SAME, SAME)
    return dict(zip(table["method"], table["same_as"], strict=True))


def said(same: Mapping[str, str]) -> list[str]:
    """What readers are told of methods that repeat another.

    Parameters
    ----------
    same : mapping of str to str
        Method -> the first one with the same maps.

    Returns
    -------
    list of str
        A sentence each.
    """
    return [
        f"Caution: {method} has the coefficients of {twin} in every image and region under every policy that is shown; "
        "the two count once where tests are corrected or methods ranked"
        for method, twin in same.items()
    ]
