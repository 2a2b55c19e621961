"""A region's landmarks and texture, as pose, light and the rest of the face predict them within classes."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from gestalt_regions.saliency.morph.class_effects import difference, principal_axes, within_classes
from gestalt_regions.saliency.morph.typical_faces import Measured, Sign, TypicalFaces
from gestalt_regions.saliency.morph.warps import SIDE

SIZES = ((12, 15), (20, 25))  # principal components of the rest's shape and texture, in each prediction
SUBJECTS_EACH = 6  # subjects that each component needs: with fewer people a region is predicted from less
SHOWN = 0.02  # where a soft mask counts as its region
HALF = SIDE // 2


class SmallTextures:
    """Textures at half their size, from which regions are predicted.

    Parameters
    ----------
    textures : ndarray
        [n, SIDE, SIDE, 3].
    """

    def __init__(self, textures: np.ndarray) -> None:
        self.all = np.stack([halved(texture) for texture in textures])


def halved(texture: np.ndarray) -> np.ndarray:
    """A texture at half its size.

    Parameters
    ----------
    texture : ndarray
        [SIDE, SIDE, ...].

    Returns
    -------
    ndarray of float32 [HALF, HALF, ...]
        Means of four pixels.
    """
    return cv2.resize(texture, (HALF, HALF), interpolation=cv2.INTER_AREA)


class GivenRest:
    """A region given the rest of the face, pose, colour and side light, by ridge regressions of two sizes.

    Parameters
    ----------
    faces : TypicalFaces
        Of the fold.
    small : SmallTextures
        Their textures.
    landmarks : ndarray of bool
        [k]: those of the region.
    mask : ndarray
        [SIDE, SIDE], the region in the mean face, with soft edges.
    """

    def __init__(self, faces: TypicalFaces, small: SmallTextures, landmarks: np.ndarray, mask: np.ndarray) -> None:
        self.faces, self.points, self.mask = faces, landmarks, mask
        self.inside = mask > SHOWN
        self.symmetric = bool(np.array_equal(self.inside, self.inside[:, ::-1]))
        self.symmetric &= bool(np.array_equal(landmarks, landmarks[faces.mean.partners]))
        self._outside = halved((faces.mean.face & ~self.inside).astype(np.float32)) > 0.5
        self._coordinates = np.repeat(landmarks, 2)
        blocks = faces.shapes[:, ~self._coordinates], small.all[:, self._outside].reshape(len(faces.shapes), -1)
        most = len(np.unique(faces.subjects)) // SUBJECTS_EACH
        sizes = [(min(shape, most), min(texture, most)) for shape, texture in SIZES]
        largest = sizes[-1]
        self._axes = [principal_axes(block, faces.labels, size) for block, size in zip(blocks, largest, strict=True)]
        scores = [block @ axes for block, axes in zip(blocks, self._axes, strict=True)]
        self.training = np.c_[scores[0], scores[1], faces.covariates]
        self._first, self._both = scores[0].shape[1], scores[0].shape[1] + scores[1].shape[1]
        inside = faces.textures[:, self.inside].reshape(len(self.training), -1)
        inside = inside * np.repeat(mask[self.inside], 3)
        self._columns = [self._of_size(*size) for size in sizes]
        self.fits = [
            (
                within_classes(faces.shapes[:, self._coordinates], self.training[:, columns], faces.labels),
                within_classes(inside, self.training[:, columns], faces.labels),
            )
            for columns in self._columns
        ]

    def _of_size(self, shape: int, texture: int) -> np.ndarray:
        """The columns of `training` that a prediction of some size takes."""
        first, both = self._first, self._both
        return np.r_[: min(shape, first), first : min(first + texture, both), both : self.training.shape[1]]

    def scores(self, face: Measured) -> np.ndarray:
        """What the region of a face is predicted from.

        Parameters
        ----------
        face : Measured
            The face.

        Returns
        -------
        ndarray
            As a row of `training`.
        """
        texture = halved(face.texture)[self._outside].ravel()
        return np.r_[face.shape[~self._coordinates] @ self._axes[0], texture @ self._axes[1], face.known]

    def _region(self, shape: np.ndarray, texture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates and masked colours of the region."""
        colours = texture[self.inside] * self.mask[self.inside][:, None]
        return shape[self._coordinates], colours.ravel()

    def departures(self, face: tuple[Measured, Measured], others: Sequence[int]) -> list[Sign]:
        """What the region of a face has beyond faces of the comparison with the same rest.

        Parameters
        ----------
        face : tuple of Measured
            The face and its mirror image.
        others : sequence of int
            The comparison's classes.

        Returns
        -------
        list of Sign
            One for each size of the prediction.
        """
        signs = []
        for number in range(len(self.fits)):
            sign = self._departure(face[0], others, number)
            if self.symmetric:
                sign = (sign + self.faces.mirrored(self._departure(face[1], others, number))) * 0.5
            signs.append(sign)
        return signs

    def _departure(self, face: Measured, others: Sequence[int], number: int) -> Sign:
        """The region minus the comparison's mean at this rest, by one of the predictions."""
        scores, parts = self.scores(face)[self._columns[number]], self._region(face.shape, face.texture)
        apart = [
            values - fit.predicted(scores) - fit.means[list(others)].mean(0)
            for values, fit in zip(parts, self.fits[number], strict=True)
        ]
        return self.placed(*apart)

    def donor_sign(self, face: Measured, scores: np.ndarray, donor: int) -> Sign:
        """What this region has beyond a donor's, at what each one's rest of the face predicts.

        The region becomes its own prediction by the rest, plus the donor's departure from the donor's prediction.

        Parameters
        ----------
        face : Measured
            The face.
        scores : ndarray
            Of `scores`, of the face.
        donor : int
            A row of the training photographs.

        Returns
        -------
        Sign
            The face's region minus what takes its place.
        """
        apart = (scores - self.training[donor])[self._columns[0]]
        own = self._region(face.shape, face.texture)
        others = self._region(self.faces.shapes[donor], self.faces.textures[donor])
        both = zip(own, others, self.fits[0], strict=True)
        return self.placed(*[one - other - fit.predicted(apart) for one, other, fit in both])

    def distances(self, scores: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """How far training photographs are from a face in the rest of the face.

        Parameters
        ----------
        scores : ndarray
            Of `scores`, of the face.
        rows : ndarray of int
            Training photographs.

        Returns
        -------
        ndarray
            Squares [n]; shape and texture weigh the same.
        """
        squares = (self.training[rows] - scores) ** 2
        parts = squares[:, : self._first], squares[:, self._first : self._both]
        return sum((part.sum(1) / max(part.shape[1], 1) for part in parts), np.zeros(len(rows)))

    def sign(self, one: int, others: Sequence[int]) -> Sign:
        """The sign of a class in the region, given the rest of the face: the mean of the predictions of all sizes.

        Parameters
        ----------
        one : int
            The class.
        others : sequence of int
            What it is compared with.

        Returns
        -------
        Sign
            0 outside the region.
        """
        parts = zip(*self.fits, strict=True)
        return self.placed(*[np.mean([difference(fit, one, others) for fit in part], 0) for part in parts])

    def placed(self, shape: np.ndarray, texture: np.ndarray) -> Sign:
        """Differences of the region, in the mean face.

        Parameters
        ----------
        shape : ndarray
            Of its coordinates.
        texture : ndarray
            Of its colours.

        Returns
        -------
        Sign
            0 outside the region.
        """
        shift, change = np.zeros((len(self.points), 2)), np.zeros((SIDE, SIDE, 3), np.float32)
        shift[self.points] = shape.reshape(-1, 2)
        change[self.inside] = texture.reshape(-1, 3)
        return Sign(shift, change)
