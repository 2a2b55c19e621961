"""Borders of regions as paths of SVG."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

SMALLEST = 4  # pixels; what is smaller is a speck
OFF = 0.7  # pixels by which a line may pass beside a corner of the border


def _path(mask: np.ndarray) -> str:
    """The border of a mask; "" where nothing of it is larger than a speck."""
    contours, _ = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    pieces = []
    for contour in contours:
        if len(contour) < 3 or cv2.contourArea(contour) < SMALLEST:
            continue
        corners = cv2.approxPolyDP(contour, OFF, closed=True)[:, 0]
        steps = np.diff(corners, axis=0).tolist()  # numbers of Python are written several times faster
        pieces.append("M{},{}l".format(*corners[0]) + " ".join(f"{x},{y}" for x, y in steps) + "z")
    return "".join(pieces)


def outlines(regions: np.ndarray, ids: Mapping[str, int]) -> list[list[object]]:
    """The regions of one face.

    Parameters
    ----------
    regions : ndarray of uint8 [S, S]
        A region map.
    ids : mapping
        Region -> its id in the map.

    Returns
    -------
    list of list
        Of each region that is there: its number in `ids`, the path of its border, and the place of its name (x, y), far
        from the border; all in pixels of the map, whose first pixel has its middle at 0, 0.
    """
    shown: list[list[object]] = []
    for number, region in enumerate(ids.values()):
        mask = (regions == region).astype(np.uint8)
        if path := _path(mask):
            inner = cv2.distanceTransform(np.pad(mask, 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
            y, x = np.unravel_index(int(inner.argmax()), inner.shape)
            shown.append([number, path, int(x), int(y)])
    return shown
