"""What a fold's training photographs say is typical of each class, in the whole face and in every region of a set.

A sign is a shift of landmarks and a change of texture in the mean face. It is made once for each fold and region set,
without a network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gestalt_regions.saliency.morph.class_effects import (
    Regression,
    check_subjects,
    comparison,
    principal_axes,
    within_classes,
)
from gestalt_regions.saliency.morph.landmark_regions import region_landmarks, region_masks, region_shares
from gestalt_regions.saliency.morph.shape_free import MeanShape, side_light
from gestalt_regions.saliency.morph.warps import SIDE

SHAPE_OF_REST, TEXTURE_OF_REST = 12, 15  # principal components of the rest of the face
EVERY = 3  # which pixels of the rest are looked at: each third
SHOWN = 0.02  # where a soft mask counts as its region


@dataclass(frozen=True)
class Photographs:
    """The photographs that a fold's network was trained on.

    Attributes
    ----------
    crops : ndarray
        uint8 [n, s, s, 3], RGB.
    landmarks : ndarray
        [n, k, 2], pixels of a crop of SIDE pixels.
    labels : ndarray of int
        [n], places in `classes`.
    subjects, kin : ndarray of str
        [n].
    pose : ndarray
        [n, 2], yaw and pitch in any unit; NaN counts as the mean.
    classes : sequence of str
        Names.
    control : str
        The control class; "" for none.
    """

    crops: np.ndarray
    landmarks: np.ndarray
    labels: np.ndarray
    subjects: np.ndarray
    kin: np.ndarray
    pose: np.ndarray
    classes: Sequence[str]
    control: str


@dataclass(frozen=True)
class Sign:
    """A change of the mean face.

    Attributes
    ----------
    shift : ndarray
        [k, 2], pixels of a crop of SIDE pixels.
    texture : ndarray
        float32 [SIDE, SIDE, 3], grey levels.
    """

    shift: np.ndarray
    texture: np.ndarray

    def __add__(self, other: Sign) -> Sign:
        """Both together."""
        return Sign(self.shift + other.shift, self.texture + other.texture)

    def __mul__(self, strength: float) -> Sign:
        """Stronger or weaker."""
        return Sign(strength * self.shift, np.float32(strength) * self.texture)


class TypicalFaces:
    """What is typical of each class in the whole face, given pose, colour and side light.

    Parameters
    ----------
    photographs : Photographs
        Of a fold.
    """

    def __init__(self, photographs: Photographs) -> None:
        p = self.photographs = photographs
        self.mean = MeanShape(p.landmarks)
        straight = self.mean.textures(p.crops, p.landmarks)
        mirrored = self.mean.textures(p.crops[:, :, ::-1], self.mean.mirrored(p.landmarks))
        self.textures = np.concatenate([straight, mirrored])
        points = np.concatenate([np.asarray(p.landmarks, np.float64), self.mean.mirrored(p.landmarks)])
        self.shapes = points.reshape(len(points), -1)
        self.labels, self.subjects, self.kin = (np.tile(each, 2) for each in (p.labels, p.subjects, p.kin))
        self._centre, self._scale = np.zeros(8), np.ones(8)
        self._usual_pose = np.nan_to_num(np.nanmean(p.pose, 0)) if np.isfinite(p.pose).any() else np.zeros(2)
        known = self.known(np.concatenate([p.pose, p.pose * [-1, 1]]), self.textures)
        self._centre, self._scale = known.mean(0), np.maximum(known.std(0), 1e-9)
        self.covariates = (known - self._centre) / self._scale
        self._shape = within_classes(self.shapes, self.covariates, self.labels)
        self._texture = within_classes(self.textures.reshape(len(points), -1), self.covariates, self.labels)

    def known(self, pose: np.ndarray, textures: np.ndarray) -> np.ndarray:
        """What is known of photographs beside their class: pose, colour and side light.

        Parameters
        ----------
        pose : ndarray
            [n, 2], yaw and pitch; NaN counts as the mean.
        textures : ndarray
            [n, SIDE, SIDE, 3].

        Returns
        -------
        ndarray
            [n, 8], standardised by the training photographs.
        """
        full = np.where(np.isfinite(pose), pose, self._usual_pose)
        return (np.c_[full, side_light(textures, self.mean.face)] - self._centre) / self._scale

    def versus(self, name: str, towards: str) -> tuple[int, list[int], str]:
        """A class and what it is compared with, if there are subjects enough of both.

        Parameters
        ----------
        name : str
            The class.
        towards : str
            The class to compare with; "" for the control.

        Returns
        -------
        one : int
            Its place in the classes.
        others : list of int
            Those of what it is compared with.
        label : str
            What to call these.

        Raises
        ------
        InputError
            If `towards` is no class, or subjects are too few.
        """
        p = self.photographs
        others, label = comparison(name, p.classes, p.control, towards)
        one = list(p.classes).index(name)
        check_subjects(p.labels, p.subjects, [one], f"class '{name}'")
        check_subjects(p.labels, p.subjects, others, label if len(others) > 1 else f"class '{label}'")
        return one, others, label

    def whole(self, name: str, towards: str = "") -> Sign:
        """What is typical of a class in the whole face.

        Parameters
        ----------
        name : str
            The class.
        towards : str
            The class to compare with; "" for the control.

        Returns
        -------
        Sign
            Class minus comparison.
        """
        one, others, _ = self.versus(name, towards)
        return Sign(
            difference(self._shape, one, others).reshape(-1, 2),
            difference(self._texture, one, others).reshape(SIDE, SIDE, 3),
        )


def difference(regression: Regression, one: int, others: Sequence[int]) -> np.ndarray:
    """The mean of a class minus that of others, at equal covariates.

    Parameters
    ----------
    regression : Regression
        Of a measurement.
    one : int
        The class.
    others : sequence of int
        What it is compared with; each counts the same.

    Returns
    -------
    ndarray
        [m].
    """
    return regression.means[one] - regression.means[list(others)].mean(0)


class RegionSigns:
    """What is typical of each class in each region of a set.

    A region's sign is the mean of two: the whole face's, and that of the region given the rest of the face.

    Parameters
    ----------
    faces : TypicalFaces
        Of the fold.
    maps : sequence of ndarray
        Region maps uint8 [s, s] of the training photographs.
    regions : int
        Number of regions.
    """

    def __init__(self, faces: TypicalFaces, maps: Sequence[np.ndarray], regions: int) -> None:
        self.faces, self.regions = faces, regions
        shares = region_shares(maps, [faces.mean.field(points) for points in faces.photographs.landmarks], regions)
        self.landmarks, self.masks = region_landmarks(shares, faces.mean.points), region_masks(shares)
        self._signs: dict[tuple[str, str], list[Sign]] = {}

    @cached_property
    def given_rest(self) -> list[GivenRest]:
        """Each region as the rest of the face predicts it.

        Returns
        -------
        list of GivenRest
            One for each region.
        """
        return [GivenRest(self.faces, self.landmarks[r], self.masks[r]) for r in range(self.regions)]

    def signs(self, name: str, towards: str = "") -> list[Sign]:
        """The sign of a class in every region.

        Parameters
        ----------
        name : str
            The class.
        towards : str
            The class to compare with; "" for the control.

        Returns
        -------
        list of Sign
            One for each region.
        """
        if (name, towards) not in self._signs:
            one, others, _ = self.faces.versus(name, towards)
            whole = self.faces.whole(name, towards)
            self._signs[name, towards] = [
                self._sign(whole, self.given_rest[region].sign(one, others), region) for region in range(self.regions)
            ]
        return self._signs[name, towards]

    def _sign(self, whole: Sign, given: Sign, region: int) -> Sign:
        """The mean of the whole face's sign and of the region's, given the rest, within the region."""
        shift = np.where(self.landmarks[region][:, None], (whole.shift + given.shift) / 2, 0)
        return Sign(shift, (whole.texture + given.texture) / 2 * self.masks[region][..., None])

    def rest(self, name: str, towards: str = "") -> Sign:
        """The sign of a class in the face outside all regions.

        Parameters
        ----------
        name : str
            The class.
        towards : str
            The class to compare with; "" for the control.

        Returns
        -------
        Sign
            It moves the landmarks that no region holds.
        """
        whole, held = self.faces.whole(name, towards), np.any(self.landmarks, axis=0, keepdims=True).T
        outside = 1 - np.clip(self.masks.sum(0), 0, 1)
        return Sign(np.where(held, 0, whole.shift), whole.texture * outside[..., None])


class GivenRest:
    """A region's landmarks and texture, as the rest of the face predicts them within classes.

    Parameters
    ----------
    faces : TypicalFaces
        Of the fold.
    landmarks : ndarray of bool
        [k]: those of the region.
    mask : ndarray
        [SIDE, SIDE], the region in the mean face, with soft edges.
    """

    def __init__(self, faces: TypicalFaces, landmarks: np.ndarray, mask: np.ndarray) -> None:
        self.faces, self.points, self.mask = faces, landmarks, mask
        self.inside = mask > SHOWN
        self.outside = faces.mean.face & ~self.inside
        self.coordinates = np.repeat(landmarks, 2)
        blocks = self._rest(faces.shapes, faces.textures)
        sizes = SHAPE_OF_REST, TEXTURE_OF_REST
        self._axes = [principal_axes(block, faces.labels, size) for block, size in zip(blocks, sizes, strict=True)]
        self._sizes = [axes.shape[1] for axes in self._axes]
        scores = self._scores(blocks, faces.covariates)
        inside = faces.textures[:, self.inside].reshape(len(scores), -1)
        self.shape = within_classes(faces.shapes[:, self.coordinates], scores, faces.labels)
        self.texture = within_classes(inside, scores, faces.labels)
        self.training = scores

    def _rest(self, shapes: np.ndarray, textures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates of the other landmarks; colours of each third pixel of the rest of the face."""
        return shapes[:, ~self.coordinates], textures[:, self.outside][:, ::EVERY].reshape(len(shapes), -1)

    def _scores(self, blocks: Sequence[np.ndarray], covariates: np.ndarray) -> np.ndarray:
        """What the region is predicted from [n, k]: scores of the rest's shape and texture, pose, colour, light."""
        return np.c_[blocks[0] @ self._axes[0], blocks[1] @ self._axes[1], covariates]

    def scores(self, shape: np.ndarray, texture: np.ndarray, covariates: np.ndarray) -> np.ndarray:
        """What the region of a face is predicted from.

        Parameters
        ----------
        shape : ndarray
            Coordinates of all landmarks [2 k].
        texture : ndarray
            [SIDE, SIDE, 3].
        covariates : ndarray
            [8], of TypicalFaces.known.

        Returns
        -------
        ndarray
            One row of `training`.
        """
        return self._scores(self._rest(shape[None], texture[None]), covariates[None])[0]

    def donor_sign(self, shape: np.ndarray, texture: np.ndarray, scores: np.ndarray, donor: int) -> Sign:
        """What this region has beyond a donor's, at what each one's rest of the face predicts.

        The region becomes its own prediction by the rest, plus the donor's departure from the donor's prediction.

        Parameters
        ----------
        shape : ndarray
            Coordinates of all landmarks [2 k] of the face.
        texture : ndarray
            [SIDE, SIDE, 3], of the face.
        scores : ndarray
            Of `scores`, of the face.
        donor : int
            A row of the training photographs.

        Returns
        -------
        Sign
            The face's region minus what takes its place.
        """
        apart = scores - self.training[donor]
        other_shape, other_texture = self.faces.shapes[donor], self.faces.textures[donor]
        return self.placed(
            (shape - other_shape)[self.coordinates] - self.shape.predicted(apart),
            (texture - other_texture)[self.inside].ravel() - self.texture.predicted(apart),
        )

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
        first, second = self._sizes
        return squares[:, :first].sum(1) / max(first, 1) + squares[:, first : first + second].sum(1) / max(second, 1)

    def sign(self, one: int, others: Sequence[int]) -> Sign:
        """The sign of a class in the region, given the rest of the face.

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
        return self.placed(difference(self.shape, one, others), difference(self.texture, one, others))

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
