"""One face without a sign: its landmarks moved by one smooth warp, its texture changed before.

In eyeballs and in the open mouth the change of texture is blurred: a colour may change, such as that of an iris, but
no second iris and no second row of teeth appears. A landmark beside others that stay moves less: a brow's end does not
push the outline of a turned face.
"""

from __future__ import annotations

from functools import cached_property

import cv2
import numpy as np

from gestalt_regions.saliency.morph.landmark_regions import FEATHER
from gestalt_regions.saliency.morph.shape_free import MeanShape
from gestalt_regions.saliency.morph.typical_faces import Sign
from gestalt_regions.saliency.morph.warps import SIDE, spline, spread, unfolded, warped

# Outlines of eyeballs and of the open mouth among the 106 landmarks of InsightFace (2d106det), in order around each.
OPENINGS = {
    "right eye": (35, 41, 40, 42, 39, 37, 33, 36),
    "left eye": (89, 95, 94, 96, 93, 91, 87, 90),
    "mouth": (65, 66, 62, 70, 69, 57, 60, 54),
}
LANDMARKS = 106
SOFT = 0.7  # standard deviation of the blur in an opening and of its edge, pixels of a crop of SIDE pixels
NEAR = 0.35  # of the way to the nearest landmark that stays, a landmark may move at most


class ChangedFace:
    """A face whose landmarks and texture can be changed.

    Parameters
    ----------
    mean : MeanShape
        The frame in which signs are given.
    crop : ndarray
        uint8 [s, s, 3], RGB.
    landmarks : ndarray
        [k, 2], pixels of a crop of SIDE pixels.
    """

    def __init__(self, mean: MeanShape, crop: np.ndarray, landmarks: np.ndarray) -> None:
        self.mean, self.crop, self.landmarks = mean, crop, np.asarray(landmarks, np.float64)
        self._matrix = spline(self.landmarks)
        self._to_mean = spread(self._matrix, mean.points - self.landmarks)
        self._photo = crop.astype(np.float32)
        self._skin = 1 - self._openings()[..., None]

    @cached_property
    def texture(self) -> np.ndarray:
        """The face without its shape.

        Returns
        -------
        ndarray
            float32 [SIDE, SIDE, 3].
        """
        return self.mean.texture(self.crop, self.landmarks)

    def _openings(self) -> np.ndarray:
        """Where the eyeballs and the open mouth are: float32 [s, s], 1 inside, soft edges outside."""
        side = len(self.crop)
        inside = np.zeros((side, side), np.uint8)
        if len(self.landmarks) == LANDMARKS:
            for outline in OPENINGS.values():
                corners = (self.landmarks[list(outline)] * side / SIDE * 16).round().astype(np.int32)
                cv2.fillPoly(inside, [corners], 1, shift=4)
        blurred = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), SOFT * side / SIDE)
        return np.maximum(blurred, inside)

    def shift(self, sign: Sign) -> np.ndarray:
        """Where to the landmarks of this face move when a sign is taken away.

        Parameters
        ----------
        sign : Sign
            In the mean face.

        Returns
        -------
        ndarray
            [k, 2], pixels of a crop of SIDE pixels.
        """
        return -self.mean.moved(sign.shift, self.landmarks)

    def without(self, sign: Sign) -> np.ndarray:
        """The face with a sign taken away.

        Parameters
        ----------
        sign : Sign
            In the mean face. A sign of zero gives the crop itself.

        Returns
        -------
        ndarray
            uint8 [s, s, 3].
        """
        return self.changed(self.shift(sign), sign.texture)

    def landmarks_without(self, sign: Sign) -> np.ndarray:
        """Where the landmarks are when a sign is taken away.

        Parameters
        ----------
        sign : Sign
            In the mean face.

        Returns
        -------
        ndarray
            [k, 2], pixels of a crop of SIDE pixels.
        """
        shift = self._beside_others(self.shift(sign))
        return self.landmarks + unfolded(self._matrix, shift)[1] * shift

    def changed(self, shift: np.ndarray, texture: np.ndarray) -> np.ndarray:
        """The face with its landmarks moved and its texture changed.

        Parameters
        ----------
        shift : ndarray
            [k, 2], where to the landmarks move, pixels of a crop of SIDE pixels. Less, where the warp would fold.
        texture : ndarray
            float32 [SIDE, SIDE, 3] in the mean face, taken away.

        Returns
        -------
        ndarray
            uint8 [s, s, 3].
        """
        photo: np.ndarray = self._photo
        side = len(self.crop)
        if texture.any():
            fine = texture if side == SIDE else cv2.resize(texture, (side, side))
            sharp = warped(fine, self._to_mean)
            soft = cv2.GaussianBlur(sharp, (0, 0), SOFT * side / SIDE)
            photo = photo - (soft + self._skin * (sharp - soft))
        if shift.any():
            field, _ = unfolded(self._matrix, self._beside_others(shift))
            photo = warped(photo, field)
        return np.clip(np.round(photo), 0, 255).astype(np.uint8)

    def _beside_others(self, shift: np.ndarray) -> np.ndarray:
        """A shift of some landmarks [k, 2], shortened where others that stay are near."""
        length = np.linalg.norm(shift, axis=1)
        stay = length == 0
        if not stay.any():
            return shift
        far = np.linalg.norm(self.landmarks[:, None] - self.landmarks[stay], axis=2).min(1)
        return shift * np.minimum(1, NEAR * far / np.maximum(length, 1e-9))[:, None]

    def beside(self, other: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        """The face with what surrounds it taken from another photograph: hair, ears, clothes, background.

        The face is the hull of its landmarks with the forehead, with a soft edge.

        Parameters
        ----------
        other : ndarray
            uint8 [s, s, 3]; it is warped so that its face covers this one.
        landmarks : ndarray
            [k, 2], of the other.

        Returns
        -------
        ndarray
            uint8 [s, s, 3].
        """
        side = len(self.crop)
        face = warped(self.mean.face.astype(np.uint8), self._to_mean, nearest=True).astype(np.float32)
        kept = cv2.GaussianBlur(cv2.resize(face, (side, side)), (0, 0), FEATHER * side / SIDE)[..., None]
        around = warped(other.astype(np.float32), spread(self._matrix, landmarks - self.landmarks))
        return np.clip(np.round(kept * self._photo + (1 - kept) * around), 0, 255).astype(np.uint8)
