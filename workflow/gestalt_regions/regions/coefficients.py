"""Region coefficients: the mean of a saliency map over each face region (Sümer 2023, equation 4)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_array, read_table, write_pieces
from gestalt_regions.core.packed_stack import read_stack
from gestalt_regions.regions.region_sums import (
    PAPER_REGION_IDS,
    SIGNS,
    Extremes,
    ExtremesOf,
    KeptSums,
    read_sums,
    region_sums,
)
from gestalt_regions.regions.sets import region_ids

log = logging.getLogger("gestalt_regions")


def _raw(means: np.ndarray, extremes: Extremes | ExtremesOf) -> np.ndarray:
    return means


def _minmax(means: np.ndarray, extremes: Extremes | ExtremesOf) -> np.ndarray:
    low, high = extremes.low, extremes.high
    return (means - low) / (high - low) if high > low else np.full(means.shape, np.nan)


def _sum(means: np.ndarray, extremes: Extremes | ExtremesOf) -> np.ndarray:
    return means / extremes.total if extremes.total > 0 else np.full(means.shape, np.nan)


# How the means of a scaled map follow from those of the map itself: every scaling is linear within an image.
RAW = "raw"
SCALES = {RAW: _raw, "minmax": _minmax, "sum": _sum}


def image_coefficients(
    stored: np.ndarray, regions: np.ndarray, count: int, policies: Mapping[str, Mapping]
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of one image: the mean of its saliency map over each region (Sümer et al. 2023, equation 4).

    A constant map cannot be scaled by minmax, nor an empty one by sum, and a region without a pixel has no mean: NaN.

    Parameters
    ----------
    stored : ndarray [2, S, S]
        Signed and absolute sums over the channels of the saliency map.
    regions : ndarray of int [S, S]
        Region ids; 0 is no region.
    count : int
        Number of regions.
    policies : mapping
        Policy -> `sign` (absolute, as published; positive; signed) and `scale`: raw (the published RQ1 code), minmax
        (per image to [0, 1]: the text and the RQ2 code), sum (absolute values sum to one).

    Returns
    -------
    coefficients : ndarray of float64 [policies, count]
        In the unit that the policy's scale gives.
    areas : ndarray of int [count]
        Pixels of the regions 1..count.
    """
    ids = regions.ravel().astype(np.intp)
    areas = np.bincount(ids, minlength=count + 1)[1 : count + 1]
    sums, extremes = {}, {}
    for sign in dict.fromkeys(policy["sign"] for policy in policies.values()):
        flat = np.ascontiguousarray(SIGNS[sign](stored)).ravel()
        sums[sign], extremes[sign] = region_sums(flat, ids, count), ExtremesOf(flat)
    return _coefficients(sums, extremes, areas, policies), areas


def _coefficients(
    sums: Mapping[str, np.ndarray],
    extremes: Mapping[str, Extremes | ExtremesOf],
    areas: np.ndarray,
    policies: Mapping[str, Mapping],
) -> np.ndarray:
    """Coefficients [policies, count] of one image from its sums over regions, and its extremes, by sign."""
    means = {
        sign: np.divide(each, areas, out=np.full(len(areas), np.nan), where=areas > 0) for sign, each in sums.items()
    }
    return np.stack(
        [SCALES[policy["scale"]](means[policy["sign"]], extremes[policy["sign"]]) for policy in policies.values()]
    )


def coefficient_pieces(
    *,
    maps: Sequence[str] = (),
    sums: Sequence[str] = (),
    indices: Sequence[str],
    folds: Sequence[str],
    index: str,
    regions: str,
    policies: Mapping[str, Mapping],
    ids: Mapping[str, int] = PAPER_REGION_IDS,
    region_set: str = "paper",
) -> Iterator[pd.DataFrame]:
    """Pieces of the long form of the coefficients, one for each fold, region and policy.

    Columns: sample_id, fold, set, label, target, region_set, region, policy, area (pixels), coefficient. The rows of a
    piece are in the order of the fold's index.

    Parameters
    ----------
    maps, indices : sequences of path
        One stack of saliency maps and its index for each fold.
    sums : sequence of path
        In the place of the maps: what was kept of them, of the paper's regions (regions/region_sums.py).
    folds : sequence of str
        Names of the folds.
    index, regions : path
        faces/index.csv, and the region maps of all faces, uint8 [N, S, S].
    policies : mapping
        See `image_coefficients`.
    ids : mapping
        Region -> its id in the region maps.
    region_set : str
        Name of the region set.

    Yields
    ------
    DataFrame
        One piece.

    Raises
    ------
    InputError
        If a stack does not fit its index or the region maps, or a sample is not among the faces.
    """
    rows = read_table(index, ["row", "sample_id"], strings=["sample_id"]).set_index("sample_id").row
    region_stack = read_array(regions)
    for path, explained_path, fold in zip(sums or maps, indices, folds, strict=True):
        explained = _explained(explained_path, rows.index, index)
        listed = f"{explained_path} ({len(explained)} rows)"
        if sums:
            kept = read_sums(path)
            if kept.areas.shape != (len(explained), len(ids)):
                raise InputError(f"{path} {kept.areas.shape} does not fit {listed} and {len(ids)} regions")
            found = _of_sums(kept, policies)
        else:
            stack, places = read_stack(path), rows.loc[explained.sample_id]
            if len(explained) != len(stack) or stack.shape[2:] != region_stack.shape[1:]:
                raise InputError(f"{path} {stack.shape} does not fit {listed} and {regions}")
            found = (
                image_coefficients(stack[i], region_stack[row], len(ids), policies) for i, row in enumerate(places)
            )
        values = np.empty((len(explained), len(policies), len(ids)))
        areas = np.empty((len(explained), len(ids)), int)
        for i, of_image in enumerate(found):
            values[i], areas[i] = of_image
        identity = explained[["sample_id", "set", "label", "target"]].reset_index(drop=True)
        identity.insert(1, "fold", fold)
        for r, region in enumerate(ids):
            for k, policy in enumerate(policies):
                columns = {"region_set": region_set, "region": region, "policy": policy, "area": areas[:, r]}
                yield identity.assign(**columns, coefficient=values[:, k, r])


def _of_sums(kept: KeptSums, policies: Mapping[str, Mapping]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """As `image_coefficients`, of every image."""
    for i, areas in enumerate(kept.areas):
        sums = {sign: each[i] for sign, each in kept.sums.items()}
        yield _coefficients(sums, {sign: each[i] for sign, each in kept.extremes.items()}, areas, policies), areas


def _explained(path: str, known: pd.Index, faces: str) -> pd.DataFrame:
    """The index of one fold's maps, all of whose samples are among the faces."""
    explained = read_table(path, ["row", "sample_id", "set", "label", "target"], strings=["sample_id"])
    missing = explained.sample_id[~explained.sample_id.isin(known)]
    if len(missing):
        first = missing.iloc[0]
        raise InputError(f"{path}: sample {first!r} is not in {faces}; {nearest(first, known)}")
    return explained


def write_coefficients(
    *,
    maps: Sequence[str] = (),
    sums: Sequence[str] = (),
    indices: Sequence[str],
    index: str,
    regions: str,
    sets: str,
    table: str,
    folds: Sequence[str],
    policies: Mapping[str, Mapping],
    region_set: str,
) -> None:
    """Write the long form of one region set as CSV; the log counts undefined values.

    Parameters
    ----------
    maps, indices : sequences of path
        One stack of saliency maps and its index for each fold.
    sums : sequence of path
        In the place of the maps: what was kept of them, of the paper's regions (regions/region_sums.py).
    index : path
        faces/index.csv.
    regions : path
        The region maps of all faces.
    sets : path
        resources/regions.yaml.
    table : path
        Where the CSV goes.
    folds : sequence of str
        Names of the folds.
    policies : mapping
        See `image_coefficients`.
    region_set : str
        Name of the region set.
    """
    undefined, rows = 0, 0
    samples: set[str] = set()

    def _counted(pieces: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        nonlocal undefined, rows
        for piece in pieces:
            undefined, rows = undefined + int(piece.coefficient.isna().sum()), rows + len(piece)
            samples.update(piece.sample_id)
            yield piece

    pieces = coefficient_pieces(
        maps=maps,
        sums=sums,
        indices=indices,
        folds=folds,
        index=index,
        regions=regions,
        policies=policies,
        ids=region_ids(sets, region_set),
        region_set=region_set,
    )
    write_pieces(_counted(pieces), table)
    log.info("%d coefficients of %d images, %d undefined", rows, len(samples), undefined)
