"""Smooth warps of a face by its landmarks: thin-plate splines, held at the border of the picture.

Coordinates are those of a crop of SIDE pixels; pictures of any size are warped by the same fields, scaled. A field
holds, for every node of a coarse grid, how far away the picture is read.
"""

from __future__ import annotations

import cv2
import numpy as np

SIDE = 112  # of the crop in whose pixels landmarks and fields are given
STEP = 3  # between nodes of the grid, pixels of that crop
NODES = SIDE // STEP + 1
SMOOTHING = 0.1  # of the spline: a landmark's own error is not followed to the last pixel
OUTSIDE = 8.0  # how far outside the crop the border is held, pixels
SMALLEST_AREA, LARGEST_AREA = 0.4, 2.5  # to which a warp may shrink or stretch any place
WEAKER = (1.0, 0.85, 0.7, 0.55, 0.4, 0.25, 0.1)  # shares of a change that are tried until none of it folds
ROUNDS = 12  # of the inversion of a field


def _border() -> np.ndarray:
    """Sixteen points around the crop, float64 [16, 2]."""
    line = np.linspace(-OUTSIDE, SIDE - 1 + OUTSIDE, 5)
    return np.array([(x, y) for x in line for y in line if {x, y} & {line[0], line[-1]}])


BORDER = _border()
GRID = np.stack(np.meshgrid(np.arange(NODES) * STEP, np.arange(NODES) * STEP), -1).astype(np.float32)


def _kernel(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The thin-plate spline's r^2 log r between points [n, 2] and [m, 2]."""
    squares = np.maximum((first**2).sum(1)[:, None] + (second**2).sum(1) - 2 * first @ second.T, 0)
    return 0.5 * squares * np.log(squares + 1e-12)


def spline(landmarks: np.ndarray) -> np.ndarray:
    """The matrix that spreads displacements of landmarks over the grid.

    A thin-plate spline (Bookstein, IEEE TPAMI 11, 1989, p. 567) is linear in the displacements, so one matrix serves
    all warps of a face. The points of BORDER do not move.

    Parameters
    ----------
    landmarks : ndarray
        [k, 2], x and y in pixels of a crop of SIDE pixels.

    Returns
    -------
    ndarray of float32 [NODES * NODES, k]
        Its product with displacements [k, 2] is a field.
    """
    points = np.r_[np.asarray(landmarks, np.float64), BORDER]
    n, nodes = len(points), GRID.reshape(-1, 2).astype(np.float64)
    system = np.zeros((n + 3, n + 3))
    system[:n, :n] = _kernel(points, points) + SMOOTHING * np.eye(n)
    system[:n, n:] = np.c_[np.ones(n), points]
    system[n:, :n] = system[:n, n:].T
    weights = np.linalg.inv(system)[:, : len(landmarks)]
    return (np.c_[_kernel(nodes, points), np.ones(len(nodes)), nodes] @ weights).astype(np.float32)


def spread(matrix: np.ndarray, displacements: np.ndarray) -> np.ndarray:
    """The field of displacements of a face's landmarks.

    Parameters
    ----------
    matrix : ndarray
        Of `spline`.
    displacements : ndarray
        [k, 2], pixels.

    Returns
    -------
    ndarray of float32 [NODES, NODES, 2]
        A field.
    """
    return (matrix @ np.asarray(displacements, np.float32)).reshape(NODES, NODES, 2)


def at(field: np.ndarray, places: np.ndarray) -> np.ndarray:
    """A field between its nodes.

    Parameters
    ----------
    field : ndarray
        [NODES, NODES, channels].
    places : ndarray
        [..., 2], pixels of a crop of SIDE pixels.

    Returns
    -------
    ndarray of float32 [..., channels]
        Values there; beyond the grid those of its edge.
    """
    x, y = (np.asarray(places, np.float32) / np.float32(STEP)).reshape(-1, 2).T
    values = cv2.remap(field, x[:, None], y[:, None], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return values.reshape(*np.shape(places)[:-1], -1)


def inverse(field: np.ndarray) -> np.ndarray:
    """From where a picture is read whose places move as a field says.

    Fixed point of b(y) = -f(y + b(y)) (Chen et al., Medical Physics 35, 2008, p. 81). It converges where the field does
    not fold; `folds` finds the others.

    Parameters
    ----------
    field : ndarray
        [NODES, NODES, 2]: where to each place moves.

    Returns
    -------
    ndarray of float32 [NODES, NODES, 2]
        Where from each place is read.
    """
    back = -field
    for _ in range(ROUNDS):
        back = -at(field, GRID + back)
    return back


def area_changes(field: np.ndarray) -> np.ndarray:
    """The determinant of the Jacobian of a warp, at every node.

    Parameters
    ----------
    field : ndarray
        [NODES, NODES, 2].

    Returns
    -------
    ndarray of float32 [NODES, NODES]
        1 where nothing changes; 0 or less where the warp folds.
    """
    down, across = np.gradient(field, STEP, axis=(0, 1))
    return (1 + across[..., 0]) * (1 + down[..., 1]) - across[..., 1] * down[..., 0]


def folds(field: np.ndarray) -> bool:
    """Whether a warp folds, or nearly so, at any node.

    Parameters
    ----------
    field : ndarray
        [NODES, NODES, 2].

    Returns
    -------
    bool
        Whether an area shrinks or grows by more than 2.5 times.
    """
    areas = area_changes(field)
    return bool(areas.min() <= SMALLEST_AREA or areas.max() >= LARGEST_AREA)


def unfolded(matrix: np.ndarray, displacements: np.ndarray) -> tuple[np.ndarray, float]:
    """The warp that moves a face's landmarks, made weaker until it does not fold.

    Parameters
    ----------
    matrix : ndarray
        Of `spline`.
    displacements : ndarray
        [k, 2], pixels: where to the landmarks move.

    Returns
    -------
    field : ndarray of float32 [NODES, NODES, 2]
        From where each place is read.
    share : float
        The share of the displacements that was kept.
    """
    forward = spread(matrix, displacements)
    for share in WEAKER:
        back = inverse(np.float32(share) * forward)
        if not folds(np.float32(share) * forward) and not folds(back):
            return back, share
    return np.zeros_like(forward), 0.0


def warped(picture: np.ndarray, field: np.ndarray, nearest: bool = False) -> np.ndarray:
    """A picture read at places that a field moves.

    Parameters
    ----------
    picture : ndarray
        [s, s] or [s, s, channels] of any side s.
    field : ndarray
        [NODES, NODES, 2], pixels of a crop of SIDE pixels.
    nearest : bool
        Whether the nearest pixel is taken, as for a map of regions; otherwise bicubic.

    Returns
    -------
    ndarray
        The shape and type of the picture; beyond its border it is mirrored.
    """
    side = len(picture)
    axis = np.arange(side, dtype=np.float32)
    x, y = np.meshgrid(axis, axis)
    scale = np.float32(side / SIDE)
    fine = cv2.remap(field, x / (scale * STEP), y / (scale * STEP), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    how = cv2.INTER_NEAREST if nearest else cv2.INTER_CUBIC
    return cv2.remap(
        picture, x + scale * fine[..., 0], y + scale * fine[..., 1], how, borderMode=cv2.BORDER_REFLECT_101
    )
