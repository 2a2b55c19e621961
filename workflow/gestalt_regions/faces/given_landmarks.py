"""Faces whose box and landmarks the cohort gives, instead of a detector's (`faces.detector: given`)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.cohort.readers.reader_registry import BOX, POINTS
from gestalt_regions.core.io import read_table
from gestalt_regions.faces.detect import Choice
from gestalt_regions.faces.detector_registry import GIVEN
from gestalt_regions.faces.turns import TILTED, TURNS, face_like, lean
from gestalt_regions.faces.unusable import Unusable

COLUMNS = [*POINTS, *BOX, "score"]


def read_given(samples: str | Path) -> pd.DataFrame:
    """Box, landmarks and score of every sample, from samples.csv.

    Parameters
    ----------
    samples : path
        samples.csv with COLUMNS.

    Returns
    -------
    DataFrame
        Float by sample_id; pixels of the photograph, the points in the order of `detect.Faces`.

    Raises
    ------
    InputError
        For a missing column.
    """
    table = read_table(samples, ["sample_id", *COLUMNS], strings=["sample_id"]).set_index("sample_id")
    return table[COLUMNS].apply(pd.to_numeric, errors="coerce")


def given_face(row: pd.Series, shape: tuple[int, ...], min_eye_distance: float) -> Choice:
    """The face of one row of `read_given`.

    Parameters
    ----------
    row : Series
        COLUMNS of one sample.
    shape : tuple of int
        Of the photograph: height, width and what follows.
    min_eye_distance : float
        Pixels of the photograph.

    Returns
    -------
    Choice
        The face; its turn is that of the landmarks.

    Raises
    ------
    Unusable
        Reason `no_face` (a number is missing), `too_small` (eyes closer than `min_eye_distance`) or `bad_landmarks`
        (not in the order of a face, or outside the photograph).
    """
    if not np.isfinite(row.to_numpy(float)).all():
        raise Unusable("no_face", "samples.csv gives no complete box and landmarks")
    points = row[POINTS].to_numpy(np.float32).reshape(5, 2)
    distance = float(np.linalg.norm(points[1] - points[0]))
    if distance < min_eye_distance:
        raise Unusable("too_small", f"eyes {distance:.1f} pixels apart, fewer than {min_eye_distance:g}")
    height, width = shape[:2]
    middle = points.mean(axis=0)
    if not (0 <= middle[0] <= width and 0 <= middle[1] <= height):
        detail = (
            f"the middle of the landmarks is at {middle[0]:.0f}, {middle[1]:.0f}, outside the {width} x {height} image"
        )
        raise Unusable("bad_landmarks", f"{detail}; are they of another size or turn of the photograph?")
    if not face_like(points):
        order = "1 is the eye on the left of the picture, 2 the other, 4 the left corner of the mouth, 5 the right"
        raise Unusable("bad_landmarks", f"eyes and mouth do not stand as in a face; their order: {order}")
    turned = min(TURNS, key=lambda turn: abs(lean(points, turn)))
    warnings = [GIVEN] + [f"turned_{turned}"] * (turned != 0) + ["tilted"] * (abs(lean(points, turned)) > TILTED)
    return Choice(row[BOX].to_numpy(np.float32), points, float(row["score"]), 1, tuple(warnings), turned)
