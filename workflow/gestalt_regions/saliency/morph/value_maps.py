"""Maps of region values: where the picture changed, as high as its region is worth."""

from __future__ import annotations

import numpy as np


def change_map(crop: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """How much every pixel differs between two pictures.

    Parameters
    ----------
    crop, picture : ndarray
        uint8 [s, s, 3].

    Returns
    -------
    ndarray of float32 [s, s]
        Mean absolute difference over channels, grey levels.
    """
    return np.abs(crop.astype(np.float32) - picture.astype(np.float32)).mean(2)


def value_map(values: np.ndarray, changes: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """A map whose mean over each region is the region's value.

    m(x) = v_r c_r(x) n_r / (sum of c_r over region r), with n_r pixels in region r; v_r where nothing changed.

    Parameters
    ----------
    values : ndarray
        v [R].
    changes : ndarray
        c [R, s, s]: how much every pixel changed without the region's sign.
    regions : ndarray
        Region map uint8 [s, s], ids from 1.

    Returns
    -------
    ndarray of float32 [s, s]
        0 outside all regions.
    """
    out = np.zeros(regions.shape, np.float64)
    for number, (value, change) in enumerate(zip(values, changes, strict=True), start=1):
        inside = regions == number
        total = change[inside].sum(dtype=np.float64)
        out[inside] = value * change[inside] * inside.sum() / total if total > 0 else value
    return out.astype(np.float32)
