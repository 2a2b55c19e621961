"""The region maps of the sets in resources/regions.yaml, from stored labels and landmarks."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np
from scipy import ndimage

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import new_array, read_array, read_table
from gestalt_regions.faces import align
from gestalt_regions.faces.given_landmarks import POINTS
from gestalt_regions.faces.parse import LABELS
from gestalt_regions.regions.sets import load_sets

log = logging.getLogger("gestalt_regions")


def face_coordinates(points: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Coordinates u and v of every pixel of the crop (see resources/regions.yaml) and the eye distance.

    Parameters
    ----------
    points : ndarray [5, 2]
        Landmarks in pixels of the crop: right eye, left eye, nose, mouth corners.
    size : int
        Width of the crop, pixels.

    Returns
    -------
    u, v : ndarray of float64 [size, size]
        Across and down the face.
    eye_distance : float
        Pixels.
    """
    across = points[1] - points[0]
    origin = points[:2].mean(axis=0)
    down = points[3:].mean(axis=0) - origin
    if abs(np.linalg.det([across, down])) < 1e-6:  # a degenerate face: take the line through the eyes and its normal
        down = np.array([-across[1], across[0]])
    y, x = np.mgrid[:size, :size]
    offset = np.stack([x - origin[0], y - origin[1]], axis=-1)
    u, v = np.moveaxis(offset @ np.linalg.inv(np.stack([across, down])), -1, 0)
    return u, v, float(np.linalg.norm(across))


def region_set_map(
    labels: np.ndarray, points: np.ndarray, regions: Mapping[str, Sequence], names: Sequence[str]
) -> np.ndarray:
    """Region map of a set for one face.

    Parameters
    ----------
    labels : ndarray of uint8 [S, S]
        The parser's map.
    points : ndarray [5, 2]
        Landmarks in the crop, pixels.
    regions : mapping
        Region -> its pieces, see resources/regions.yaml.
    names : sequence of str
        The parser's labels in the order of their ids.

    Returns
    -------
    ndarray of uint8 [S, S]
        Ids in the order of `regions` (from 1), 0 where no region takes the pixel.
    """
    u, v, eye_distance = face_coordinates(np.asarray(points, np.float64), len(labels))
    ids = np.zeros(labels.shape, np.uint8)
    for number, pieces in enumerate(regions.values(), start=1):
        for piece in pieces:
            mask = np.isin(labels, [names.index(label) for label in piece["labels"]])
            if "grow" in piece and mask.any():
                near = ndimage.distance_transform_edt(~mask) <= piece["grow"] * eye_distance
                mask = mask | (near & np.isin(labels, [names.index(label) for label in piece["over"]]))
            for axis, values in (("u", u), ("v", v)):
                if axis in piece:
                    mask = mask & (values >= piece[axis][0]) & (values < piece[axis][1])
            ids[mask & (ids == 0)] = number
    return ids


def write_region_maps(*, labels: str, index: str, sets: str, regions: str, region_set: str) -> None:
    """Write the maps of one set for all faces, from their stored labels and landmarks.

    Parameters
    ----------
    labels : path
        The parser's maps of all faces, uint8 [N, S, S].
    index : path
        faces/index.csv.
    sets : path
        resources/regions.yaml.
    regions : path
        Where the maps go, uint8 [N, S, S].
    region_set : str
        Name of the set.

    Raises
    ------
    InputError
        If maps and index do not fit.
    """
    entry = load_sets(sets, LABELS)[region_set]
    parsed, faces = read_array(labels), read_table(index, ["row", "sample_id", *POINTS])
    if len(parsed) != len(faces):
        raise InputError(f"{labels}: {len(parsed)} faces, but {index} lists {len(faces)}; rebuild the faces")
    size, empty = parsed.shape[1], np.zeros(len(entry["regions"]), int)
    with new_array(regions, parsed.shape, np.uint8) as stack:
        for row, points in enumerate(faces[POINTS].to_numpy(np.float64).reshape(-1, 5, 2)):
            matrix = align.resized(align.similarity(points)[0], size)
            landmarks = align.transform(matrix, points)
            stack[row] = region_set_map(np.asarray(parsed[row]), landmarks, entry["regions"], LABELS)
            empty += np.bincount(stack[row].ravel(), minlength=len(empty) + 1)[1:] == 0
    for region, count in zip(entry["regions"], empty, strict=True):
        if count:
            log.info(
                "%s: no pixel of %s in %d of %d faces; no coefficient there", region_set, region, count, len(faces)
            )
