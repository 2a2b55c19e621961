"""The usual ways to take a region out of a photo. None of them gives a photo that a camera could have taken."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

BLUR = 0.08  # sd as a share of the side: the parts of the face can no longer be told
INPAINT_RADIUS = 3.0  # pixels


def _mean_fill(photo: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The photo's own mean colour."""
    filled = photo.copy()
    filled[mask] = np.round(photo.reshape(-1, photo.shape[-1]).mean(axis=0)).astype(np.uint8)
    return filled


def _blur_fill(photo: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The photo itself, blurred by a Gaussian."""
    blurred = cv2.GaussianBlur(photo, (0, 0), BLUR * len(photo), borderType=cv2.BORDER_REPLICATE)
    return np.where(mask[..., None], blurred, photo)


def _inpaint_fill(photo: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """What Telea (2004) continues from the border."""
    return cv2.inpaint(np.ascontiguousarray(photo), mask.astype(np.uint8), INPAINT_RADIUS, cv2.INPAINT_TELEA)


# name -> f(photo uint8 [s, s, 3], mask bool [s, s]) -> photo uint8 in which only pixels of the mask differ
FILLS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "mean": _mean_fill,
    "blur": _blur_fill,
    "inpaint": _inpaint_fill,
}
