"""What region coefficients need of a map, whatever the policy: its sum over each region, and its extremes.

Where maps are stored with three digits (config saliency.format: float16), this is kept of them as they were before, and
the coefficients of the paper's regions are computed from it. So they have the bytes that maps in float32 give.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import atomic, read_array

PAPER_REGION_IDS = {"eyes": 1, "nose": 2, "mouth": 3}  # ids in the stack of published region boxes

SIGNS = {
    "absolute": lambda stored: stored[1],  # sum over channels of |a|, as published
    "positive": lambda stored: np.maximum(stored[0], 0),
    "signed": lambda stored: stored[0],
}


class Extremes(NamedTuple):
    """Of all pixels of a map under one sign: the lowest and the highest value, and the sum of the magnitudes."""

    low: float
    high: float
    total: float


class ExtremesOf:
    """The same of a map at hand, each found when it is asked for.

    Parameters
    ----------
    map : ndarray of float32
        A map under one sign. float64 holds each of its extremes exactly.
    """

    def __init__(self, map: np.ndarray) -> None:
        self.map = map

    @cached_property
    def low(self) -> float:
        """The lowest value.

        Returns
        -------
        float
            Of all pixels.
        """
        return float(self.map.min())

    @cached_property
    def high(self) -> float:
        """The highest value.

        Returns
        -------
        float
            Of all pixels.
        """
        return float(self.map.max())

    @cached_property
    def total(self) -> float:
        """The sum of the magnitudes.

        Returns
        -------
        float
            Of all pixels.
        """
        return float(np.abs(self.map).sum(dtype=np.float64))


def region_sums(flat: np.ndarray, ids: np.ndarray, count: int) -> np.ndarray:
    """Sum a map over each region.

    Parameters
    ----------
    flat : ndarray of float32 [S * S]
        The map under one sign.
    ids : ndarray of int [S * S]
        Region ids; 0 is no region.
    count : int
        Number of regions.

    Returns
    -------
    ndarray of float64 [count]
        Of the regions 1..count.
    """
    return np.bincount(ids, weights=flat, minlength=count + 1)[1 : count + 1]


class KeptSums(NamedTuple):
    """What is kept of the maps of one fold.

    sums: sign -> float64 [n, regions]. extremes: sign -> n of Extremes. areas: int [n, regions].
    """

    sums: Mapping[str, np.ndarray]
    extremes: Mapping[str, Sequence[Extremes]]
    areas: np.ndarray


def _extremes(flat: np.ndarray) -> Extremes:
    found = ExtremesOf(flat)
    return Extremes(found.low, found.high, found.total)


def write_sums(path: str | os.PathLike, parts: Iterable[np.ndarray], regions: str, rows: Iterable[int]) -> None:
    """Write the sums of maps over the paper's regions, whole or not at all.

    Parameters
    ----------
    path : path
        The .npz.
    parts : iterable of ndarray of float32 [m, 2, S, S]
        The maps in their order, some at a time.
    regions : path
        The region maps of all faces, uint8 [N, S, S].
    rows : iterable of int
        Of each map, the row of its face.
    """
    stack, count, left = read_array(regions), len(PAPER_REGION_IDS), iter(rows)
    sums: dict[str, list] = {sign: [] for sign in SIGNS}
    ends: dict[str, list] = {sign: [] for sign in SIGNS}
    areas = []
    for part in parts:
        for stored in part:
            ids = stack[next(left)].ravel().astype(np.intp)
            areas.append(np.bincount(ids, minlength=count + 1)[1 : count + 1])
            for sign, of_sign in SIGNS.items():
                flat = np.ascontiguousarray(of_sign(stored)).ravel()
                sums[sign].append(region_sums(flat, ids, count))
                ends[sign].append(_extremes(flat))
    arrays = {f"sums_{sign}": np.array(found, np.float64).reshape(-1, count) for sign, found in sums.items()}
    arrays |= {f"extremes_{sign}": np.array(found, np.float64).reshape(-1, 3) for sign, found in ends.items()}
    with atomic(path) as temporary, open(temporary, "wb") as stream:
        np.savez(stream, allow_pickle=False, areas=np.array(areas, np.int64).reshape(-1, count), **arrays)


def read_sums(path: str | os.PathLike) -> KeptSums:
    """Read what `write_sums` wrote.

    Parameters
    ----------
    path : path
        The .npz.

    Returns
    -------
    KeptSums
        Of all maps of the fold.

    Raises
    ------
    InputError
        If the file is missing, or no such file.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            sums, ends = ({sign: file[f"{kind}_{sign}"] for sign in SIGNS} for kind in ("sums", "extremes"))
            found = {sign: [Extremes(*each) for each in values.tolist()] for sign, values in ends.items()}
            return KeptSums(sums, found, file["areas"])
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: no sums of maps over regions ({error}); delete it and run again") from None
