"""From the screen to the aligned crop: where the picture was shown, how large, and how many pixels a degree has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gestalt_regions.clinicians.eye_tracking.fixation_columns import PICTURE, SHARE
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.hand_tables import read_hand_table
from gestalt_regions.core.io import read_table
from gestalt_regions.faces import align
from gestalt_regions.faces.given_landmarks import POINTS

BOX = ["left", "top", "width", "height"]  # pixels of the screen


def pixels_per_degree(screen: Mapping[str, float]) -> float:
    """How many pixels of the screen one degree of visual angle covers, straight ahead.

    Parameters
    ----------
    screen : mapping
        width_px, width_mm and distance_mm (from the eyes).

    Returns
    -------
    float
        Pixels.
    """
    return float(np.tan(np.radians(1)) * screen["distance_mm"] * screen["width_px"] / screen["width_mm"])


def shown_box(screen: Mapping[str, float], picture: Mapping, width: float, height: float) -> tuple[float, ...]:
    """Where a photograph was shown: as large as fits the config's box, with its own shape, about a centre.

    Parameters
    ----------
    screen : mapping
        width_px and height_px.
    picture : mapping
        width_px and height_px of the box; centre [x, y], [] for that of the screen.
    width, height : float
        Of the photograph, pixels.

    Returns
    -------
    tuple of float
        BOX.
    """
    factor = min(picture["width_px"] / width, picture["height_px"] / height)
    x, y = picture["centre"] or (screen["width_px"] / 2, screen["height_px"] / 2)
    return x - factor * width / 2, y - factor * height / 2, factor * width, factor * height


@dataclass(frozen=True)
class Shown:
    """How one face was shown, and where its crop is.

    Attributes
    ----------
    box : tuple of float
        BOX.
    width, height : float
        Of the photograph, pixels.
    matrix : ndarray [3, 3]
        From the photograph to the crop.
    sigma : float
        The standard deviation of the Gaussian, pixels of the crop.
    """

    box: tuple[float, ...]
    width: float
    height: float
    matrix: np.ndarray
    sigma: float

    def to_photo(self, x: np.ndarray, y: np.ndarray, frame: str) -> np.ndarray:
        """Bring places into the photograph.

        The centre of pixel i is at i; the photograph reaches from -0.5 to its width - 0.5.

        Parameters
        ----------
        x, y : ndarray [n]
            Places.
        frame : str
            `screen`, PICTURE or SHARE.

        Returns
        -------
        ndarray [n, 2]
            Pixels of the photograph.
        """
        left, top, width, height = self.box
        if frame == PICTURE:
            return np.column_stack([x, y])
        across, down = (x, y) if frame == SHARE else ((x - left) / width, (y - top) / height)
        return np.column_stack([across * self.width - 0.5, down * self.height - 0.5])

    def to_screen(self, points: np.ndarray) -> np.ndarray:
        """Bring places of the photograph to the screen.

        Parameters
        ----------
        points : ndarray [n, 2]
            Pixels of the photograph.

        Returns
        -------
        ndarray [n, 2]
            Pixels of the screen.
        """
        left, top, width, height = self.box
        shares = (points + 0.5) / [self.width, self.height]
        return shares * [width, height] + [left, top]

    def inside(self, points: np.ndarray) -> np.ndarray:
        """Which places lie on the photograph.

        Parameters
        ----------
        points : ndarray [n, 2]
            Pixels of the photograph.

        Returns
        -------
        ndarray of bool [n]
            False outside, and for NaN.
        """
        return np.asarray(((points >= -0.5) & (points < np.array([self.width, self.height]) - 0.5)).all(axis=1))


def _placed(path: str) -> dict[str, tuple[float, ...]]:
    """The boxes of a table: face, left, top, width, height."""
    if not path:
        return {}
    table = read_hand_table(path, ["face", *BOX])
    boxes = pd.DataFrame({name: table.numbers(name) for name in BOX})
    for row, bad in enumerate(boxes.isna().any(axis=1) | (boxes[["width", "height"]] <= 0).any(axis=1)):
        if bad:
            raise table.error(row, "left, top, width and height must be numbers, the last two above 0")
    return dict(zip(table.rows["face"], map(tuple, boxes.to_numpy()), strict=True))


def shown_faces(
    faces: str, photographs: str, *, screen: Mapping, picture: Mapping, sigma_degrees: float, size: int
) -> dict[str, Shown]:
    """How every face of the study was shown, or would be.

    Parameters
    ----------
    faces : str
        Path of faces/index.csv: the five points of each face.
    photographs : str
        Path of faces/photographs.csv: width and height of each photograph.
    screen, picture : mapping
        Of config eye_tracking.
    sigma_degrees : float
        Standard deviation of the Gaussian, degrees of visual angle.
    size : int
        Side of the crop, pixels.

    Returns
    -------
    dict
        sample_id -> Shown.

    Raises
    ------
    InputError
        For a table of boxes (picture.placed) with a bad row or an unknown face.
    """
    index = read_table(faces, ["sample_id", *POINTS], ["sample_id"])
    sizes = read_table(photographs, ["sample_id", "width", "height"], ["sample_id"]).set_index("sample_id")
    given, degree = _placed(picture["placed"]), pixels_per_degree(screen)
    if unknown := sorted(set(given) - set(index["sample_id"])):
        raise InputError(f"{picture['placed']}: no face '{unknown[0]}' in {faces}")
    shown = {}
    for row in index.itertuples():
        width, height = (float(sizes.loc[row.sample_id, side]) for side in ("width", "height"))
        box = given.get(row.sample_id) or shown_box(screen, picture, width, height)
        points = np.array([getattr(row, name) for name in POINTS], float).reshape(5, 2)
        matrix = align.resized(align.similarity(points)[0], size)
        scale = np.sqrt(np.linalg.det(matrix[:2, :2])) * width / box[2]
        shown[row.sample_id] = Shown(box, width, height, matrix, sigma_degrees * degree * scale)
    return shown
