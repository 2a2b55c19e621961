"""The parts of the aligned face that DeepGestalt looks at, one network each, and their boxes in the crop.

The paper (Gurovich et al., 2019) cuts "predefined regions" and states no boxes. Here a box is the same for every face,
in the frame of the aligned crop, so that maps of all networks lie in one frame. Boxes are derived once from landmarks
(`derive_boxes`) and kept in resources/face_parts.csv.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_table

SIDE = 224  # pixels of the crop that boxes are counted in
WHOLE = (0, 0, SIDE, SIDE)
QUANTILE = 0.05  # share of the faces that may reach beyond an edge before the margin is added
MARGIN = 0.05  # share of the crop's side, added beyond the quantile: as much as the paper shifts a picture in training
NOSE_TIP = 86
# Which of the 106 landmarks (faces/landmarks.py) each feature of the face has.
FEATURES: dict[str, tuple[int, ...]] = {
    "brows": (*range(43, 52), *range(97, 106)),
    "eyes": (*range(33, 43), *range(87, 97)),
    "nose": tuple(range(72, 87)),
    "mouth": tuple(range(52, 72)),
    "chin": (0,),
}


@dataclass(frozen=True)
class Part:
    """A part of the face.

    Attributes
    ----------
    holds : tuple of str
        Of FEATURES: what must lie in it. The chin is in none: it lies below the crop of most faces.
    edges : tuple of str
        Left, top, right and bottom: "frame" (the edge of the crop), "nose_tip" (its mean row), or "points" (what the
        part holds, at QUANTILE, and MARGIN).
    """

    holds: tuple[str, ...]
    edges: tuple[str, str, str, str]


PARTS: dict[str, Part] = {
    "full_face": Part(("brows", "eyes", "nose", "mouth"), ("frame", "frame", "frame", "frame")),
    "upper_half": Part(("brows", "eyes"), ("frame", "frame", "frame", "nose_tip")),
    "middle": Part(("eyes", "nose"), ("frame", "points", "frame", "points")),
    "lower_half": Part(("mouth",), ("frame", "nose_tip", "frame", "frame")),
    "eyes": Part(("brows", "eyes"), ("points", "points", "points", "points")),
    "nose": Part(("nose",), ("points", "points", "points", "points")),
    "mouth": Part(("mouth",), ("points", "points", "points", "points")),
}
COLUMNS = ["part", "left", "top", "right", "bottom"]
Box = tuple[int, int, int, int]  # left, top, right, bottom: pixels of a crop of SIDE; right and bottom are outside


def points_of(features: Iterable[str]) -> list[int]:
    """The landmarks of some features.

    Parameters
    ----------
    features : iterable of str
        Of FEATURES.

    Returns
    -------
    list of int
        Numbers of landmarks.
    """
    return [point for feature in features for point in FEATURES[feature]]


def derive_boxes(landmarks: np.ndarray) -> pd.DataFrame:
    """The box of each part, from the landmarks of many faces.

    Parameters
    ----------
    landmarks : ndarray [N, 106, 2]
        x and y in pixels of the 112-pixel crop.

    Returns
    -------
    DataFrame
        COLUMNS, in pixels of a crop of SIDE, whole numbers.
    """
    from gestalt_regions.faces.align import TEMPLATE_SIZE  # not at import: OpenCV is not there when the DAG is built

    points = np.asarray(landmarks, float) * (SIDE / TEMPLATE_SIZE)
    rows = []
    for name, part in PARTS.items():
        held = points[:, points_of(part.holds)]
        low = np.quantile(held.min(axis=1), QUANTILE, axis=0) - MARGIN * SIDE
        high = np.quantile(held.max(axis=1), 1 - QUANTILE, axis=0) + MARGIN * SIDE
        reached = [*(math.floor(v) for v in low), *(math.ceil(v) + 1 for v in high)]
        tip = round(points[:, NOSE_TIP, 1].mean())
        values = {"points": reached, "frame": WHOLE, "nose_tip": (tip,) * 4}
        box = [min(max(values[edge][i], 0), SIDE) for i, edge in enumerate(part.edges)]
        rows.append(dict(zip(COLUMNS, [name, *box], strict=True)))
    return pd.DataFrame(rows, columns=COLUMNS)


def read_boxes(path: str | Path) -> dict[str, Box]:
    """The boxes of resources/face_parts.csv.

    Parameters
    ----------
    path : path
        The table, COLUMNS.

    Returns
    -------
    dict
        Part -> box.

    Raises
    ------
    InputError
        For a box that is no four whole numbers, is empty or leaves the crop.
    """
    boxes = {}
    for row in read_table(path, COLUMNS, strings=COLUMNS).itertuples():
        sides = [str(side) for side in (row.left, row.top, row.right, row.bottom)]
        if not all(side.isdecimal() for side in sides):
            raise InputError(f"{path}: the box of {row.part} is {sides}; it must be four whole numbers of pixels")
        box = (int(sides[0]), int(sides[1]), int(sides[2]), int(sides[3]))
        if not (0 <= box[0] < box[2] <= SIDE and 0 <= box[1] < box[3] <= SIDE):
            raise InputError(f"{path}: the box of {row.part} is {box}; it must lie in 0 to {SIDE} and hold a pixel")
        boxes[str(row.part)] = box
    return boxes


def box_of(part: str, path: str | Path) -> Box:
    """The box of a part.

    Parameters
    ----------
    part : str
        Of PARTS.
    path : path
        resources/face_parts.csv; "" will do for the full face, which is the whole crop.

    Returns
    -------
    tuple of int
        Left, top, right, bottom, in pixels of a crop of SIDE.

    Raises
    ------
    InputError
        For a part that is not there.
    """
    boxes = read_boxes(path) if path else {"full_face": WHOLE}
    if part not in boxes:
        raise InputError(f"{path or 'without resources/face_parts.csv'}: no part '{part}'; {nearest(part, boxes)}")
    return boxes[part]
