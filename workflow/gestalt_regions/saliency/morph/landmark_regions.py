"""Which landmarks and which places of the mean face belong to a region, whatever the region set.

Both are read from the region maps of the training photographs. A region may hold no landmark, such as hair or, in most
sets, the ears: then only its texture changes.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from gestalt_regions.saliency.morph.warps import SIDE, warped

OFTEN = 1 / 3  # share of photographs in which a landmark must lie in a region to be one of its landmarks
FEATHER = 2.0  # standard deviation of the blurred edge of a mask, pixels of a crop of SIDE pixels


def region_shares(maps: Sequence[np.ndarray], fields: Sequence[np.ndarray], regions: int) -> np.ndarray:
    """In which share of the photographs each place of the mean face belongs to each region.

    A region that is about its own mirror image is made exactly that; a left or a right one stays as it is.

    Parameters
    ----------
    maps : sequence of ndarray
        Region maps uint8 [s, s] of n photographs; ids from 1, 0 is no region.
    fields : sequence of ndarray
        The warp of each photograph to the mean face.
    regions : int
        Number of regions.

    Returns
    -------
    ndarray of float32 [regions + 1, SIDE, SIDE]
        First the share of no region.
    """
    share = np.zeros((regions + 1, SIDE, SIDE), np.float32)
    ids = np.arange(regions + 1, dtype=np.uint8)[:, None, None]
    for each, field in zip(maps, fields, strict=True):
        small = cv2.resize(np.asarray(each), (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
        share += ids == warped(small, field, nearest=True)
    share /= len(maps)
    for region in range(regions + 1):
        both = (share[region] + share[region, :, ::-1]) / 2
        if (share[region] * share[region, :, ::-1]).sum() > (share[region] ** 2).sum() / 2:
            share[region] = both
    return share


def region_landmarks(shares: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The landmarks of each region.

    A landmark lies on the edge of what it marks, so its place may be of either side. Of the regions that have its place
    in a third of the photographs, it belongs to the smallest. No landmark belongs to two.

    Parameters
    ----------
    shares : ndarray
        Of `region_shares`.
    points : ndarray
        [k, 2], the landmarks of the mean face.

    Returns
    -------
    ndarray of bool [regions, k]
        Whether a landmark belongs to a region.
    """
    x, y = np.clip(np.round(points), 0, SIDE - 1).astype(int).T
    share, area = shares[:, y, x], shares.sum((1, 2))
    sizes = np.where((share >= OFTEN) & (area > 0)[:, None], area[:, None], np.inf)
    sizes[0] = np.where(share[0] > 1 - OFTEN, 0, sizes[0])  # in two of three photographs in no region: in none
    return np.arange(1, len(shares))[:, None] == sizes.argmin(0)


def region_masks(shares: np.ndarray) -> np.ndarray:
    """The places of each region in the mean face, with soft edges.

    Parameters
    ----------
    shares : ndarray
        Of `region_shares`.

    Returns
    -------
    ndarray of float32 [regions, SIDE, SIDE]
        0 to 1. A place belongs to the region that has it most often.
    """
    owner = shares.argmax(0)
    hard = [(owner == region).astype(np.float32) for region in range(1, len(shares))]
    return np.stack([cv2.GaussianBlur(mask, (0, 0), FEATHER) for mask in hard])
