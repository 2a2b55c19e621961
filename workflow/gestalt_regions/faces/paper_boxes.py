"""The published region boxes: eyes, nose and mouth as disjoint boxes around what the parser found.

Sümer et al. 2023, section 3: each region is a box derived from the largest connected component of its labels. Here as
written down in the project's reading of the published code; boxes are (x0, y0, x1, y1) in pixel edges, half open, so
a label whose pixels span columns 3..5 has x0 = 3 and x1 = 6.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from gestalt_regions.faces.align import template
from gestalt_regions.faces.parse import LAPA
from gestalt_regions.regions.coefficients import PAPER_REGION_IDS

Box = tuple[float, float, float, float]
PARTS = ("right_brow", "left_brow", "right_eye", "left_eye", "nose", "upper_lip", "lower_lip")
MIN_SHARE = 2e-4  # of the crop: a part with fewer pixels (10 at 224, 2 at 112) is treated as not found
# Where a part lies when the parser misses it: (anchor landmarks, box in units of the eye distance about their mean).
# Medians, made symmetric, of the parser's own boxes on 2 photographs and 20 rendered faces (spread 0.03 to 0.1).
FALLBACK = {
    "right_brow": ((0,), (-0.37, -0.28, 0.28, -0.12)),
    "left_brow": ((1,), (-0.28, -0.28, 0.37, -0.12)),
    "right_eye": ((0,), (-0.21, -0.07, 0.17, 0.09)),
    "left_eye": ((1,), (-0.17, -0.07, 0.21, 0.09)),
    "nose": ((2,), (-0.28, -0.58, 0.28, 0.16)),
    "upper_lip": ((3, 4), (-0.37, -0.14, 0.37, 0.05)),
    "lower_lip": ((3, 4), (-0.36, 0.01, 0.36, 0.22)),
}


def _largest_component(mask: np.ndarray) -> np.ndarray:
    """The largest 8-connected component of a boolean [H,W]; the first in reading order among equals."""
    components, count = ndimage.label(mask, structure=np.ones((3, 3)))
    if count <= 1:
        return mask
    return components == np.bincount(components.ravel())[1:].argmax() + 1


def _part_boxes(labels: np.ndarray) -> dict[str, Box]:
    """The box of each part in PARTS that LaPa labels uint8 [S,S] show; parts that are missing or tiny are left out."""
    boxes = {}
    for part in PARTS:
        mask = _largest_component(labels == LAPA.index(part))
        if mask.sum() < MIN_SHARE * labels.size:
            continue
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        boxes[part] = (float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
    return boxes


def missing_parts(labels: np.ndarray) -> list[str]:
    """Parts whose box comes from landmarks, because the labels do not show them.

    Parameters
    ----------
    labels : ndarray of uint8 [S, S]
        LaPa ids.

    Returns
    -------
    list of str
        Some of PARTS.
    """
    boxes = _part_boxes(labels)
    return [part for part in PARTS if part not in boxes]


def _fallback(part: str, points: np.ndarray) -> Box:
    anchors, box = FALLBACK[part]
    centre = np.tile(points[list(anchors)].mean(axis=0), 2)
    x0, y0, x1, y1 = centre + np.array(box) * np.linalg.norm(points[1] - points[0])
    return float(x0), float(y0), float(x1), float(y1)


def _union(*boxes: Box) -> Box:
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return min(x0), min(y0), max(x1), max(y1)


def region_boxes(labels: np.ndarray, points: np.ndarray | None = None) -> dict[str, Box]:
    """Boxes right_eye, left_eye, nose and mouth of an aligned crop (Sümer et al. 2023, section 3), not clipped to it.

    A part that the labels do not show (`missing_parts`) is placed by the landmarks.

    - eyes: brow and eye of a side, widened by 0.2 w outwards, 0.1 w inwards, 0.2 h up and down;
    - mouth: both lips, widened by 0.2 w on each side; its top is the midpoint between nose and lips, its bottom is
      lowered by half the gap between them;
    - nose: its own box down to that midpoint, and up to 0.3 of the eye boxes' height below their top.

    The eye boxes' top and height are those of the box around both. Where nose and lips overlap, the gap is zero.

    Parameters
    ----------
    labels : ndarray of uint8 [S, S]
        LaPa ids.
    points : ndarray [5, 2], optional
        The five landmarks in the crop; by default those of the template.

    Returns
    -------
    dict
        Name -> (x0, y0, x1, y1) in pixel edges.
    """
    points = template(labels.shape[0]) if points is None else np.asarray(points, np.float64)
    shown = _part_boxes(labels)
    parts = {part: shown.get(part) or _fallback(part, points) for part in PARTS}
    eyes = {}
    for side, outwards, inwards in (("right", 0.2, 0.1), ("left", 0.1, 0.2)):
        # the subject's right is on the left of the image, so "outwards" is to the left there
        x0, y0, x1, y1 = _union(parts[f"{side}_brow"], parts[f"{side}_eye"])
        width, height = x1 - x0, y1 - y0
        eyes[side] = (x0 - outwards * width, y0 - 0.2 * height, x1 + inwards * width, y1 + 0.2 * height)
    _, eyes_top, _, eyes_bottom = _union(eyes["right"], eyes["left"])
    nose_x0, _, nose_x1, nose_bottom = parts["nose"]
    x0, lip_top, x1, lip_bottom = _union(parts["upper_lip"], parts["lower_lip"])
    border, gap = (nose_bottom + lip_top) / 2, max(0.0, lip_top - nose_bottom)
    return {
        "right_eye": eyes["right"],
        "left_eye": eyes["left"],
        "nose": (nose_x0, eyes_top + 0.3 * (eyes_bottom - eyes_top), nose_x1, border),
        "mouth": (x0 - 0.2 * (x1 - x0), border, x1 + 0.2 * (x1 - x0), lip_bottom + gap / 2),
    }


def region_map(labels: np.ndarray, points: np.ndarray | None = None) -> np.ndarray:
    """Region map of a crop; see `region_boxes`.

    One map, so the regions are disjoint: a pixel in two boxes goes to the eyes, else to the nose.

    Parameters
    ----------
    labels : ndarray of uint8 [S, S]
        LaPa ids.
    points : ndarray [5, 2], optional
        The five landmarks in the crop; by default those of the template.

    Returns
    -------
    ndarray of uint8 [S, S]
        0 none, 1 eyes, 2 nose, 3 mouth.
    """
    boxes = region_boxes(labels, points)
    regions = np.zeros(labels.shape, np.uint8)
    for name, region in (("mouth", "mouth"), ("nose", "nose"), ("right_eye", "eyes"), ("left_eye", "eyes")):
        x0, y0, x1, y1 = np.clip(np.floor(np.array(boxes[name]) + 0.5).astype(int), 0, labels.shape[0])
        regions[y0:y1, x0:x1] = PAPER_REGION_IDS[region]
    return regions
