"""Alignment by the 106 landmarks instead of the detector's five: the same frame, from points nearer to the face.

The five points are means of some of the 106 (landmarks.five_points), and so the crop is the same similarity to the same
template: labels, regions, maps and truth stay in one frame. Faces that are too turned or too small for it are refused,
with a reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gestalt_regions.faces import align
from gestalt_regions.faces.detect import Choice
from gestalt_regions.faces.landmarks import Run, detections, five_points
from gestalt_regions.faces.unusable import Unusable

PROFILE = 0.5  # the nose's distance from the mid-line, in eye distances: further, and it hides the eye behind it


def nose_offset(points: np.ndarray) -> float:
    """How far the nose is off the line from between the eyes to between the corners of the mouth.

    Parameters
    ----------
    points : ndarray [5, 2]
        In the order of `align.TEMPLATE`.

    Returns
    -------
    float
        In distances of the eyes, as pose.pose_from_landmarks has it; NaN for points on one line.
    """
    origin = points[:2].mean(axis=0)
    across, down, nose = points[1] - points[0], points[3:].mean(axis=0) - origin, points[2] - origin
    area = across[0] * down[1] - across[1] * down[0]
    return float((nose[0] * down[1] - nose[1] * down[0]) / area) if abs(area) > 1e-9 else float("nan")


def densely_aligned(image: np.ndarray, face: Choice, run: Run, min_eye_distance: float) -> Choice:
    """The same face, with five points from its 106 landmarks.

    Parameters
    ----------
    image : ndarray of uint8 [H, W, 3]
        RGB photograph.
    face : Choice
        As a detector found it.
    run : callable
        The network, of `landmarks.open_landmark_network`.
    min_eye_distance : float
        Pixels of the photograph.

    Returns
    -------
    Choice
        Other points, all else the same.

    Raises
    ------
    Unusable
        Reason `too_turned` (a profile), `too_small` (eyes closer than `min_eye_distance`) or `bad_landmarks`.
    """
    in_crop = five_points(detections(run, image, face.points).mean(axis=0))
    points = align.transform(np.linalg.inv(align.similarity(face.points)[0]), in_crop)
    offset, distance = nose_offset(points), float(np.linalg.norm(points[1] - points[0]))
    if not np.isfinite(offset):
        raise Unusable("bad_landmarks", "the landmarks do not define a face")
    if abs(offset) > PROFILE:
        detail = f"the nose is {abs(offset):.2f} eye distances off the middle of the face, more than {PROFILE:g}"
        raise Unusable("too_turned", f"{detail}: a profile has no landmarks on its far side")
    if distance < min_eye_distance:
        raise Unusable("too_small", f"eyes {distance:.1f} pixels apart, fewer than {min_eye_distance:g}")
    return replace(face, points=points)


def with_dense_points(
    find: Callable[[str, np.ndarray], Choice], run: Run, min_eye_distance: float
) -> Callable[[str, np.ndarray], Choice]:
    """What finds a face, followed by its dense alignment.

    Parameters
    ----------
    find : callable
        (sample_id, photograph) -> Choice.
    run : callable
        The network, of `landmarks.open_landmark_network`.
    min_eye_distance : float
        Pixels of the photograph.

    Returns
    -------
    callable
        (sample_id, photograph) -> Choice.
    """
    return lambda sample, image: densely_aligned(image, find(sample, image), run, min_eye_distance)
