"""What is typical of each class in every region of a set: in the class, and in one face beyond what its rest predicts.

Made once for each fold and region set, without a network.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from gestalt_regions.saliency.morph.landmark_regions import region_landmarks, region_masks, region_shares
from gestalt_regions.saliency.morph.region_given_rest import GivenRest, SmallTextures
from gestalt_regions.saliency.morph.typical_faces import Measured, Sign, TypicalFaces


class RegionSigns:
    """What is typical of each class in each region of a set, given the rest of the face.

    Parameters
    ----------
    faces : TypicalFaces
        Of the fold.
    maps : sequence of ndarray
        Region maps uint8 [s, s] of the training photographs.
    names : sequence of str
        The regions, in the order of their ids.
    """

    def __init__(self, faces: TypicalFaces, maps: Sequence[np.ndarray], names: Sequence[str]) -> None:
        self.faces, self.names, regions = faces, tuple(names), len(names)
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
        small = SmallTextures(self.faces.textures)
        return [GivenRest(self.faces, small, self.landmarks[r], self.masks[r]) for r in range(len(self.names))]

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
            self._signs[name, towards] = [given.sign(one, others) for given in self.given_rest]
        return self._signs[name, towards]

    def departures(self, face: tuple[Measured, Measured], others: Sequence[int]) -> list[list[Sign]]:
        """What each region of a face has beyond the comparison's faces with this rest.

        Parameters
        ----------
        face : tuple of Measured
            The face and its mirror image: the mean of both is taken where a region is its own mirror image.
        others : sequence of int
            The comparison's classes.

        Returns
        -------
        list of list of Sign
            For each region, one for each size of the prediction.
        """
        return [given.departures(face, others) for given in self.given_rest]

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
