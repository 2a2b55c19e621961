"""Similarity alignment to the ArcFace template, without aliasing, and the frames derived from it."""

from __future__ import annotations

import math

import numpy as np

from gestalt_regions.faces.unusable import Unusable

TEMPLATE_SIZE = 112
# Five points of the ArcFace 112 x 112 crop (Deng et al., CVPR 2019), in pixels, in the order of detect.Faces.
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)


def template(size: int) -> np.ndarray:
    """Five points of the template in a crop of `size` pixels, scaled about the corner as insightface does.

    Parameters
    ----------
    size : int
        Width of the crop, pixels.

    Returns
    -------
    ndarray [5, 2]
        x and y in pixels, in the order of `detect.Faces` (Deng et al., CVPR 2019).
    """
    return TEMPLATE * (size / TEMPLATE_SIZE)


def transform(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Apply an affine matrix to points.

    Parameters
    ----------
    matrix : ndarray [3, 3]
        The affine matrix.
    points : ndarray [..., 2]
        x and y.

    Returns
    -------
    ndarray [..., 2]
        The moved points.
    """
    return points @ matrix[:2, :2].T + matrix[:2, 2]


def similarity(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Least-squares similarity (Umeyama 1991; no reflection) from landmarks to the 112-pixel template.

    Parameters
    ----------
    points : ndarray [5, 2]
        Landmarks in pixels of the photograph.

    Returns
    -------
    matrix : ndarray [3, 3]
        From the photograph to the 112-pixel crop.
    residual : float
        Root mean square distance between the moved landmarks and the template, in pixels of the template.

    Raises
    ------
    Unusable
        Reason `bad_landmarks`, if they coincide.
    """
    from skimage.transform import SimilarityTransform  # saliency jobs start without it, and without cv2

    points = np.asarray(points, np.float64)
    estimate = np.isfinite(points).all() and SimilarityTransform.from_estimate(points, TEMPLATE)
    if not estimate or not np.isfinite(estimate.params).all() or np.linalg.det(estimate.params) <= 0:
        raise Unusable("bad_landmarks", "the five landmarks do not define a face")
    distances = transform(estimate.params, points) - TEMPLATE
    return estimate.params, float(np.sqrt((distances**2).sum(axis=1).mean()))


def resized(matrix: np.ndarray, size: int) -> np.ndarray:
    """Matrix to a crop of `size` pixels, from the one to 112 (same convention as `template`).

    Parameters
    ----------
    matrix : ndarray [3, 3]
        To the 112-pixel crop.
    size : int
        Width of the crop, pixels.

    Returns
    -------
    ndarray [3, 3]
        To the crop of `size` pixels.
    """
    factor = size / TEMPLATE_SIZE
    return np.diag([factor, factor, 1.0]) @ matrix


def with_margin(size: int, margin: float) -> np.ndarray:
    """Matrix from the 112-pixel crop to a frame that shows more of it on each side.

    Parameters
    ----------
    size : int
        Width of the frame, pixels.
    margin : float
        Share of the crop that is added on each side.

    Returns
    -------
    ndarray [3, 3]
        From pixels of the crop to pixels of the frame.
    """
    factor = size / (TEMPLATE_SIZE * (1 + 2 * margin))
    shift = margin * TEMPLATE_SIZE * factor
    return np.array([[factor, 0, shift], [0, factor, shift], [0, 0, 1]])


def warp(image: np.ndarray, matrix: np.ndarray, size: int) -> np.ndarray:
    """Warp an image by a matrix; black outside the image.

    When the crop is coarser than the image, it is sampled bilinearly on a k times finer grid and averaged over k x k,
    which no detail between the samples can alias.

    Parameters
    ----------
    image : ndarray [H, W, 3]
        uint8 or float32.
    matrix : ndarray [3, 3]
        From pixels of the image to pixels of the crop.
    size : int
        Width of the crop, pixels.

    Returns
    -------
    ndarray [size, size, 3]
        The crop, of the image's dtype.
    """
    import cv2

    scale = math.sqrt(abs(np.linalg.det(matrix[:2, :2])))
    fine = max(1, math.ceil(1 / scale - 1e-9))
    # pixel i of the crop covers fine pixels k*i .. k*i+k-1, whose centre is k*i + (k-1)/2
    to_fine = np.array([[fine, 0, (fine - 1) / 2], [0, fine, (fine - 1) / 2], [0, 0, 1]]) @ matrix
    side = size * fine
    warped = cv2.warpAffine(image, to_fine[:2], (side, side), flags=cv2.INTER_LINEAR, borderValue=0)
    return warped if fine == 1 else cv2.resize(warped, (size, size), interpolation=cv2.INTER_AREA)


def warp_labels(labels: np.ndarray, matrix: np.ndarray, size: int) -> np.ndarray:
    """Warp a label map by nearest neighbour: no label that was not there; 0 outside.

    Parameters
    ----------
    labels : ndarray of uint8 [H, W]
        The label map.
    matrix : ndarray [3, 3]
        From pixels of the map to pixels of the crop.
    size : int
        Width of the crop, pixels.

    Returns
    -------
    ndarray of uint8 [size, size]
        The warped map.
    """
    y, x = np.mgrid[:size, :size]
    source = transform(np.linalg.inv(matrix), np.stack([x, y], axis=-1).astype(np.float64))
    # halves go up everywhere; cv2's INTER_NEAREST truncates, which shifts the map by half a pixel
    column, row = np.floor(source[..., 0] + 0.5).astype(int), np.floor(source[..., 1] + 0.5).astype(int)
    inside = (column >= 0) & (row >= 0) & (column < labels.shape[1]) & (row < labels.shape[0])
    warped = np.zeros((size, size), labels.dtype)
    warped[inside] = labels[row[inside], column[inside]]
    return warped


def outside_share(matrix: np.ndarray, shape: tuple[int, ...], grid: int = 28) -> float:
    """Share of the 112-pixel crop that lies outside the photograph, counted on a grid of points.

    Parameters
    ----------
    matrix : ndarray [3, 3]
        From the photograph to the 112-pixel crop.
    shape : tuple of int
        The photograph's [H, W, ...].
    grid : int
        Points along a side.

    Returns
    -------
    float
        0 to 1.
    """
    at = (np.arange(grid) + 0.5) * TEMPLATE_SIZE / grid
    source = transform(np.linalg.inv(matrix), np.stack(np.meshgrid(at, at), axis=-1))
    inside = (source >= 0).all(axis=-1) & (source[..., 0] < shape[1]) & (source[..., 1] < shape[0])
    return float(1 - inside.mean())
