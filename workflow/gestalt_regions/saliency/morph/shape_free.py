"""Faces without their shape: every photograph warped to the mean landmarks of the training photographs.

What is left is texture: colour, shading, lashes, folds. The face's place and size in the crop are those of the mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import cv2
import numpy as np

from gestalt_regions.saliency.morph.warps import SIDE, at, spline, spread, warped

BROW_TO_TOP = 18  # of the forehead above the highest landmark, pixels of a crop of SIDE pixels
LEFT = np.broadcast_to(np.arange(SIDE) < SIDE / 2, (SIDE, SIDE))


class MeanShape:
    """The mean landmarks of some photographs and of their mirror images, and the warps of any face to them.

    Parameters
    ----------
    landmarks : ndarray
        [n, k, 2], pixels of a crop of SIDE pixels.
    """

    def __init__(self, landmarks: np.ndarray) -> None:
        mean = np.asarray(landmarks, np.float64).mean(0)
        self.partners = mirror_partners(mean)
        self.points = (mean + self.mirrored(mean)) / 2

    def mirrored(self, landmarks: np.ndarray) -> np.ndarray:
        """The landmarks of mirrored photographs.

        Parameters
        ----------
        landmarks : ndarray
            [..., k, 2].

        Returns
        -------
        ndarray
            The same shape.
        """
        return landmarks[..., self.partners, :] * [-1, 1] + [SIDE - 1, 0]

    @cached_property
    def matrix(self) -> np.ndarray:
        """The spline of the mean landmarks.

        Returns
        -------
        ndarray
            As of warps.spline.
        """
        return spline(self.points)

    @cached_property
    def face(self) -> np.ndarray:
        """Where the mean face is: the hull of its landmarks, and the forehead above.

        Returns
        -------
        ndarray of bool
            [SIDE, SIDE].
        """
        top = self.points[self.points[:, 1] <= np.median(self.points[:, 1])]
        hull = cv2.convexHull(np.r_[self.points, top - [0, BROW_TO_TOP]].round().astype(np.int32))
        inside = cv2.fillConvexPoly(np.zeros((SIDE, SIDE), np.uint8), hull, 1).astype(bool)
        return inside | inside[:, ::-1]

    def field(self, landmarks: np.ndarray) -> np.ndarray:
        """The warp that brings a face to the mean shape.

        Parameters
        ----------
        landmarks : ndarray
            [k, 2], of the face.

        Returns
        -------
        ndarray
            A field: from where in the face each place of the mean is read.
        """
        return spread(self.matrix, landmarks - self.points)

    def texture(self, crop: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        """A face without its shape.

        Parameters
        ----------
        crop : ndarray
            uint8 [s, s, 3].
        landmarks : ndarray
            [k, 2], pixels of a crop of SIDE pixels.

        Returns
        -------
        ndarray of float32 [SIDE, SIDE, 3]
            0 to 255, a little beyond at sharp edges.
        """
        return warped(at_side(crop).astype(np.float32), self.field(landmarks))

    def textures(self, crops: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        """Several faces without their shapes.

        Parameters
        ----------
        crops : ndarray
            uint8 [n, s, s, 3].
        landmarks : ndarray
            [n, k, 2].

        Returns
        -------
        ndarray of float32 [n, SIDE, SIDE, 3]
            As of `texture`.
        """
        out = np.empty((len(landmarks), SIDE, SIDE, 3), np.float32)
        for place, texture in enumerate(self._each(crops, landmarks)):
            out[place] = texture
        return out

    def _each(self, crops: np.ndarray, landmarks: np.ndarray) -> Iterator[np.ndarray]:
        """One texture after the other."""
        for crop, points in zip(crops, landmarks, strict=True):
            yield self.texture(crop, points)

    def moved(self, displacements: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        """Displacements of the mean landmarks as they look in a face, turned and foreshortened like it.

        A landmark m that moves by d in the mean face moves in this face by w(m) - w(m - d), where w is the warp from
        the mean to the face. On the far side of a turned face the same sign so moves a landmark less.

        Parameters
        ----------
        displacements : ndarray
            [k, 2], pixels, to be taken away.
        landmarks : ndarray
            [k, 2], of the face.

        Returns
        -------
        ndarray
            [k, 2], pixels of the face.
        """
        field = self.field(landmarks)
        return displacements + at(field, self.points) - at(field, self.points - displacements)


def mirror_partners(points: np.ndarray) -> np.ndarray:
    """Which landmark is which one's mirror image.

    The nearest pairs of a landmark and a mirrored landmark are taken first.

    Parameters
    ----------
    points : ndarray
        [k, 2], of a mean face that looks ahead.

    Returns
    -------
    ndarray of int
        [k]; a landmark of the mid-line is its own partner.
    """
    other = points * [-1, 1] + [SIDE - 1, 0]
    far = np.linalg.norm(points[:, None] - other, axis=2)
    far = far + far.T
    partners = np.full(len(points), -1)
    for place in np.argsort(far, axis=None, kind="stable"):
        first, second = divmod(int(place), len(points))
        if partners[first] < 0 and partners[second] < 0:
            partners[first], partners[second] = second, first
    return partners


def at_side(crop: np.ndarray) -> np.ndarray:
    """A crop at SIDE pixels.

    Parameters
    ----------
    crop : ndarray
        [s, s, 3].

    Returns
    -------
    ndarray
        [SIDE, SIDE, 3]; the crop itself if it has that size.
    """
    return crop if len(crop) == SIDE else cv2.resize(crop, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def side_light(textures: np.ndarray, face: np.ndarray) -> np.ndarray:
    """The colour of each face, and how much lighter its one side is than the other.

    Parameters
    ----------
    textures : ndarray
        [n, SIDE, SIDE, 3], without shape.
    face : ndarray of bool
        [SIDE, SIDE].

    Returns
    -------
    ndarray of float64 [n, 6]
        Mean red, green, blue; left minus right, red, green, blue.
    """
    left = LEFT & face
    right = ~LEFT & face
    colour = textures[:, face].mean(1)
    return np.c_[colour, textures[:, left].mean(1) - textures[:, right].mean(1)].astype(np.float64)
