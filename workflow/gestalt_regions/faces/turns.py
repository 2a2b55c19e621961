"""Photographs that lie on their side or stand on their head without saying so in EXIF.

A detector finds such faces too, but places their landmarks badly. So every photograph is looked at in four turns.
"""

from __future__ import annotations

import numpy as np

# Degrees clockwise by which a photograph is turned.
TURNS = (0, 90, 180, 270)
# A turn is taken only if it is better by this (on the scale of the detector's score): most photographs are upright.
MARGIN = 0.02
# Landmarks that lean more than the first (degrees) tell against a turn, and by the second they forbid it.
LEANING = (50.0, 80.0)
TILTED = 30.0  # beyond it the landmarks of an upright face are less exact: a warning


def lean(points: np.ndarray, turned: int = 0) -> float:
    """How far the line of the eyes is from level once the photograph is turned.

    Parameters
    ----------
    points : ndarray [5, 2]
        Landmarks in the order of `detect.Faces`, in the photograph as it is.
    turned : int
        One of TURNS.

    Returns
    -------
    float
        Degrees clockwise, from -180 up to 180.
    """
    across = points[1] - points[0]
    return float((np.degrees(np.arctan2(across[1], across[0])) + turned + 180) % 360 - 180)


def face_like(points: np.ndarray) -> bool:
    """Whether mouth and eyes stand as in a face that is not mirrored.

    Parameters
    ----------
    points : ndarray [5, 2]
        Landmarks in the order of `detect.Faces`; y grows downwards.

    Returns
    -------
    bool
        True if the mouth is below the eyes when the first eye is on the left.
    """
    across, down = points[1] - points[0], points[3:].mean(axis=0) - points[:2].mean(axis=0)
    return bool(across[0] * down[1] > across[1] * down[0])


def quality(score: float, points: np.ndarray, turned: int) -> float:
    """How well a face found in a turned photograph tells that it is upright there.

    Parameters
    ----------
    score : float
        The detector's confidence.
    points : ndarray [5, 2]
        Landmarks in the photograph as it is.
    turned : int
        One of TURNS.

    Returns
    -------
    float
        The score, less where the eyes are far from level; 0 for what is not face-like.
    """
    if not face_like(points):
        return 0.0
    low, high = LEANING
    return score * float(np.clip((high - abs(lean(points, turned))) / (high - low), 0, 1))


def turned_square(square: np.ndarray, fitted: tuple[int, int], turned: int) -> np.ndarray:
    """A picture in the top left of a square, turned there: as if the photograph had been turned before.

    Parameters
    ----------
    square : ndarray [S, S, 3]
        The square.
    fitted : tuple of int
        Height and width of the picture in it.
    turned : int
        One of TURNS.

    Returns
    -------
    ndarray [S, S, 3]
        A square with the picture turned clockwise.
    """
    if turned == 0:
        return square
    picture = np.rot90(square[: fitted[0], : fitted[1]], -turned // 90)
    made = np.zeros_like(square)
    made[: picture.shape[0], : picture.shape[1]] = picture
    return made


def turned_back(points: np.ndarray, turned: int, shape: tuple[int, ...]) -> np.ndarray:
    """Points of a turned image in the image before it was turned.

    Parameters
    ----------
    points : ndarray [..., 2]
        x and y in pixels of the turned image; the middle of the first pixel is 0.
    turned : int
        One of TURNS.
    shape : tuple of int
        Height and width of the image before the turn, and what follows.

    Returns
    -------
    ndarray [..., 2]
        x and y in pixels of the image before the turn.
    """
    x, y = points[..., 0], points[..., 1]
    bottom, right = shape[0] - 1, shape[1] - 1
    back = {0: (x, y), 90: (y, bottom - x), 180: (right - x, bottom - y), 270: (right - y, x)}[turned]
    return np.stack(back, axis=-1)
