"""Fixation densities in the face frame, and how long each region was looked at."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import ndimage

from gestalt_regions.clinicians.eye_tracking.clean_fixations import group_parts
from gestalt_regions.clinicians.eye_tracking.screen_geometry import Shown
from gestalt_regions.core.io import new_array, write_table
from gestalt_regions.core.seeds import generator
from gestalt_regions.evaluation.scored_maps import Regions
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval, no_interval

INDEX = ["row", "sample_id", "group", "readers", "fixations", "sigma_px"]
NOWHERE, BESIDE = "no region", "beside the crop"
DWELL = ["reader", "sample_id", "group", "region_set", "region", "milliseconds", "share", "fixations", "first_ms"]
SHARES = ["group", "region_set", "region", "share", "low", "high", "area", "first_ms", "readers", "faces", "note"]


def pixels(fixations: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The pixel of the crop that each fixation lies on.

    Parameters
    ----------
    fixations : DataFrame
        crop_x and crop_y of fixations on the crop.

    Returns
    -------
    row, column : ndarray of int [n]
        Halves go up.
    """
    row, column = (np.floor(fixations[axis].to_numpy(float) + 0.5).astype(int) for axis in ("crop_y", "crop_x"))
    return row, column


def density(fixations: pd.DataFrame, size: int, sigma: float, weight: str) -> np.ndarray:
    """The fixation density of one reader on one face.

    Parameters
    ----------
    fixations : DataFrame
        Those on the crop; at least one.
    size : int
        Side of the crop, pixels.
    sigma : float
        Standard deviation of the Gaussian, pixels of the crop.
    weight : str
        duration (a fixation counts as long as it lasts) or count.

    Returns
    -------
    ndarray of float64 [size, size]
        Sum 1.
    """
    marks = np.zeros((size, size))
    row, column = pixels(fixations)
    np.add.at(marks, (row, column), fixations["duration"].to_numpy(float) if weight == "duration" else 1.0)
    smooth = ndimage.gaussian_filter(marks, sigma, mode="constant", truncate=4)
    return smooth / smooth.sum()


def reader_densities(fixations: pd.DataFrame, size: int, sigma: float, weight: str) -> dict[str, np.ndarray]:
    """The densities of all readers of one face.

    Parameters
    ----------
    fixations : DataFrame
        Of one face.
    size, sigma, weight : int, float, str
        As `density`.

    Returns
    -------
    dict
        Reader -> density; those without a fixation on the crop are left out.
    """
    on_crop = fixations[fixations["on_crop"]]
    return {reader: density(part, size, sigma, weight) for reader, part in on_crop.groupby("reader", sort=True)}


def write_densities(
    fixations: pd.DataFrame, shown: Mapping[str, Shown], outputs: Mapping[str, str], *, size: int, weight: str
) -> None:
    """Write the densities of every face and group: the mean over readers, each of whom counts the same.

    Parameters
    ----------
    fixations : DataFrame
        CLEAN.
    shown : mapping
        Of `shown_faces`.
    outputs : mapping
        densities (float32 [n, size, size], each of sum 1) and index (INDEX).
    size, weight : int, str
        As `density`.
    """
    lines: list[tuple] = []
    maps: list[np.ndarray] = []
    for group, of_group in group_parts(fixations).items():
        for face, part in of_group.groupby("face", sort=True):
            each = reader_densities(part, size, shown[face].sigma, weight)
            if each:
                count = int(part["on_crop"].sum())
                lines.append((len(maps), face, group, len(each), count, shown[face].sigma))
                maps.append(np.mean(list(each.values()), axis=0).astype(np.float32))
    with new_array(outputs["densities"], (len(maps), size, size), np.float32) as stack:
        for row, one in enumerate(maps):
            stack[row] = one
    write_table(pd.DataFrame(lines, columns=INDEX), outputs["index"])


def dwell_times(fixations: pd.DataFrame, sets: Mapping[str, Regions]) -> pd.DataFrame:
    """How long each reader looked at each region of each face.

    Parameters
    ----------
    fixations : DataFrame
        CLEAN.
    sets : mapping
        Region set -> maps of its regions.

    Returns
    -------
    DataFrame
        DWELL: share is of all time on the picture; first_ms is from the reader's first fixation on the face to the
        first on the region, empty without one.
    """
    parts = []
    for (reader, face), part in fixations.groupby(["reader", "face"], sort=True):
        on_crop, group = part["on_crop"].to_numpy(bool), part["group"].iloc[0]
        time, start = part["duration"].to_numpy(float), part["start"].to_numpy(float)
        row, column = pixels(part[on_crop])
        for name, regions in sets.items():
            named = [*regions.names, NOWHERE, BESIDE]
            ids = np.full(len(part), len(named) - 1)
            ids[on_crop] = (regions[face][row, column].astype(int) - 1) % (len(named) - 1)  # 0, no region, comes last
            times, counts = np.bincount(ids, time, len(named)), np.bincount(ids, minlength=len(named))
            first = np.full(len(named), np.inf)
            np.minimum.at(first, ids, np.nan_to_num(start - start.min(), nan=np.inf))
            columns = (reader, face, group, name, named, times, times / times.sum(), counts, first)
            parts.append(pd.DataFrame(dict(zip(DWELL, columns, strict=True))))
    table = pd.concat(parts, ignore_index=True)
    return table.assign(first_ms=table["first_ms"].where(np.isfinite(table["first_ms"])))


def region_areas(faces: list[str], sets: Mapping[str, Regions]) -> dict[tuple[str, str], float]:
    """The mean share of the crop that each region covers.

    Parameters
    ----------
    faces : list of str
        sample_ids.
    sets : mapping
        Region set -> maps of its regions.

    Returns
    -------
    dict
        (region set, region) -> 0 to 1.
    """
    areas: dict[tuple[str, str], float] = {}
    for name, regions in sets.items():
        counts = [np.bincount(regions[face].ravel(), minlength=len(regions.names) + 1) for face in faces]
        shares = np.mean([count / count.sum() for count in counts], axis=0)
        areas |= {(name, region): float(share) for region, share in zip([NOWHERE, *regions.names], shares, strict=True)}
    return areas


def dwell_shares(
    dwell: pd.DataFrame,
    areas: Mapping[tuple[str, str], float],
    kin: Mapping[str, str],
    *,
    n_resamples: int,
    level: float,
    seed: int,
) -> pd.DataFrame:
    """The share of time on each region, by group of readers.

    Parameters
    ----------
    dwell : DataFrame
        DWELL.
    areas : mapping
        Of `region_areas`.
    kin : mapping
        sample_id -> kin group.
    n_resamples, level, seed : int, float, int
        Of the bootstrap over kin groups and readers.

    Returns
    -------
    DataFrame
        SHARES: the mean over readers and faces, each pair once.
    """
    lines = []
    for group, part in group_parts(dwell).items():
        rng = generator(seed, "eye_tracking", "dwell", group)
        readers = Weights(sorted(part["reader"].unique()), n_resamples, rng)
        families = Weights(sorted({kin[face] for face in part["sample_id"]}), n_resamples, rng)
        pairs = part.drop_duplicates(["reader", "sample_id"])[["reader", "sample_id"]]
        weights = readers.of_groups(pairs["reader"])[slice(None)]
        weights *= families.of_groups(pairs["sample_id"].map(kin))[slice(None)]
        total, fewest = weights.sum(axis=1), min(readers.groups, families.groups)
        counts = pairs["reader"].nunique(), pairs["sample_id"].nunique()
        for (name, region), here in part.groupby(["region_set", "region"], sort=False):
            values = here["share"].to_numpy()  # one for each pair, in their order
            draws = np.divide(weights @ values, total, out=np.full(len(total), np.nan), where=total > 0)
            low, high = interval(draws, level, fewest)
            area, first = areas.get((name, region), np.nan), here["first_ms"].mean()
            said = no_interval(low, fewest)
            lines.append((group, name, region, values.mean(), low, high, area, first, *counts, said))
    return pd.DataFrame(lines, columns=SHARES)
