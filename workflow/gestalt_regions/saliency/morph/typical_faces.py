"""What a fold's training photographs say is typical of each class in the whole face, given pose and light.

A sign is a shift of landmarks and a change of texture in the mean face. It is made once for each fold; no network is
asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gestalt_regions.saliency.morph.class_effects import (
    check_subjects,
    comparison,
    difference,
    within_classes,
)
from gestalt_regions.saliency.morph.shape_free import MeanShape, side_light
from gestalt_regions.saliency.morph.warps import SIDE


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


@dataclass(frozen=True)
class Measured:
    """What is measured of one face.

    Attributes
    ----------
    shape : ndarray
        Coordinates of all landmarks [2 k].
    texture : ndarray
        float32 [SIDE, SIDE, 3], without shape.
    known : ndarray
        [8], pose, colour and side light, standardised (TypicalFaces.known).
    """

    shape: np.ndarray
    texture: np.ndarray
    known: np.ndarray


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

    @cached_property
    def textures(self) -> np.ndarray:
        """The photographs and their mirror images without their shapes.

        Returns
        -------
        ndarray of float32 [2 n, SIDE, SIDE, 3]
            Not kept in a file (__getstate__): they are large, and made again where a method asks for them.
        """
        p = self.photographs
        crops = np.asarray(p.crops)
        straight = self.mean.textures(crops, p.landmarks)
        mirrored = self.mean.textures(crops[:, :, ::-1], self.mean.mirrored(p.landmarks))
        return np.concatenate([straight, mirrored])

    def __getstate__(self) -> dict:
        """What is kept in a file (saliency/morph/kept_signs.py)."""
        return {name: value for name, value in self.__dict__.items() if name != "textures"}

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

    def measured(self, landmarks: np.ndarray, texture: np.ndarray, pose: Sequence[float]) -> tuple[Measured, Measured]:
        """What is measured of a face, and of its mirror image.

        Parameters
        ----------
        landmarks : ndarray
            [k, 2].
        texture : ndarray
            [SIDE, SIDE, 3], without shape.
        pose : sequence of float
            Yaw and pitch; NaN counts as the mean.

        Returns
        -------
        tuple of Measured
            The face, and its mirror image.
        """
        textures = np.stack([texture, texture[:, ::-1]])
        known = self.known(np.array([pose, (-pose[0], pose[1])], float), textures)
        shapes = np.asarray(landmarks, np.float64).ravel(), self.mean.mirrored(landmarks).ravel()
        first, second = (Measured(*parts) for parts in zip(shapes, textures, known, strict=True))
        return first, second

    def mirrored(self, sign: Sign) -> Sign:
        """A sign in the mirror.

        Parameters
        ----------
        sign : Sign
            Of a mirror image.

        Returns
        -------
        Sign
            Of the face.
        """
        return Sign(sign.shift[self.mean.partners] * [-1, 1], np.ascontiguousarray(sign.texture[:, ::-1]))

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
