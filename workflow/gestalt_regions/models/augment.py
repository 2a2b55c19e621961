"""The views of a training image: as it is, mirrored, or one of a few drawn changes (grey, colour, zoom)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from gestalt_regions.core.seeds import generator
from gestalt_regions.models.network import LUMA


@dataclass(frozen=True)
class Mirrored:
    """View 0: the crop as it is; view 1: mirrored, in half of the draws.

    Attributes
    ----------
    flip : bool
        Whether there is a view 1.
    """

    flip: bool

    @property
    def count(self) -> int:
        """Number of views.

        Returns
        -------
        int
            1 or 2.
        """
        return 2 if self.flip else 1

    def choose(self, order: np.random.Generator, n: int) -> np.ndarray:
        """The views of some images in one training step.

        Parameters
        ----------
        order : numpy.random.Generator
            The training's own stream.
        n : int
            Number of images.

        Returns
        -------
        numpy.ndarray
            int [n].
        """
        return (order.random(n) < 0.5).astype(int) if self.flip else np.zeros(n, int)

    def apply(self, crops: np.ndarray, rows: np.ndarray, views: np.ndarray) -> np.ndarray:
        """Images of the stack, each in its view.

        Parameters
        ----------
        crops : numpy.ndarray
            uint8 [N, s, s, 3], the stack.
        rows : numpy.ndarray
            int [n], images of the stack.
        views : numpy.ndarray
            int [n], the view of each.

        Returns
        -------
        numpy.ndarray
            uint8 [n, s, s, 3].
        """
        images = np.array(crops[rows])
        mirrored = views == 1
        images[mirrored] = images[mirrored][:, :, ::-1]
        return images


@dataclass(frozen=True)
class Changed:
    """View 0: the crop as it is; views 1..`number`: changed, each by draws of its own.

    The draws depend on seed, image and view alone, so that what the frozen layers make of them can be kept (Hustinx et
    al. 2023, section 3.3: mirrored, grey, colour jitter, zooming and cropping artefacts; how much of each is not stated
    there).

    Attributes
    ----------
    number : int
        How many changed views an image has.
    flip : bool
        Whether a view is mirrored with probability 0.5.
    grey : float
        Probability of a grey view.
    jitter : float
        Brightness, contrast and saturation change by factors of 1 - jitter ... 1 + jitter.
    zoom : float
        Factor 1 - zoom ... 1 + zoom; what the crop lacks is black.
    seed : int
        Of the training.
    rotation, shear : float
        Turned and sheared by up to so many degrees, either way.
    shift : float or None
        Moved by up to this share of the side, along both sides; None: half of zoom.
    """

    number: int
    flip: bool
    grey: float  # probability
    jitter: float  # brightness, contrast and saturation by factors of 1 -jitter..+jitter
    zoom: float  # factor 1 -zoom..+zoom; what the crop lacks is black
    seed: int
    rotation: float = 0.0  # degrees
    shear: float = 0.0
    shift: float | None = None  # share of the side; None: half of zoom

    @property
    def count(self) -> int:
        """Number of views.

        Returns
        -------
        int
            1 + number.
        """
        return 1 + self.number

    def choose(self, order: np.random.Generator, n: int) -> np.ndarray:
        """The views of some images in one training step.

        Parameters
        ----------
        order : numpy.random.Generator
            The training's own stream.
        n : int
            Number of images.

        Returns
        -------
        numpy.ndarray
            int [n].
        """
        return 1 + order.integers(self.number, size=n)

    def apply(self, crops: np.ndarray, rows: np.ndarray, views: np.ndarray) -> np.ndarray:
        """Images of the stack, each in its view.

        Parameters
        ----------
        crops : numpy.ndarray
            uint8 [N, s, s, 3], the stack.
        rows : numpy.ndarray
            int [n], images of the stack.
        views : numpy.ndarray
            int [n], the view of each.

        Returns
        -------
        numpy.ndarray
            uint8 [n, s, s, 3].
        """
        images = np.array(crops[rows])
        for i in np.flatnonzero(views):
            images[i] = self._change(images[i], generator(self.seed, "augment", int(rows[i]), int(views[i])))
        return images

    def _change(self, crop: np.ndarray, random: np.random.Generator) -> np.ndarray:
        mirrored, grey = random.random(2) < (0.5 if self.flip else 0.0, self.grey)
        bright, contrast, saturation = random.uniform(1 - self.jitter, 1 + self.jitter, 3)
        zoomed, *moved = random.uniform(-1, 1, 3)
        shift = self.zoom / 2 if self.shift is None else self.shift
        linear = (1 + self.zoom * zoomed) * np.eye(2)
        if self.rotation or self.shear:  # drawn last, so that recipes without them draw what they drew before
            linear = self._turned(*random.uniform(-1, 1, 2)) @ linear
        size = crop.shape[0]
        offset = ((np.eye(2) - linear) * ((size - 1) / 2)).sum(1) + shift * np.array(moved) * size
        move = np.column_stack([linear, offset])
        changed = self.zoom or shift or self.rotation or self.shear
        image = cv2.warpAffine(crop, move, (size, size), flags=cv2.INTER_LINEAR) if changed else crop
        image = image[:, ::-1] if mirrored else image
        colours = image.astype(np.float32) * bright
        luma = (colours @ np.array(LUMA, np.float32))[..., None]
        mixed = luma if grey else luma + saturation * (colours - luma)
        mean = luma.mean()
        return np.clip(np.rint(mean + contrast * (mixed - mean)), 0, 255).astype(np.uint8)

    def _turned(self, turn: float, lean: float) -> np.ndarray:
        """Rotation and shear as Keras makes them, by shares -1 to 1 of their limits."""
        angle, shear = np.deg2rad(self.rotation * turn), np.deg2rad(self.shear * lean)
        rotated = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        return rotated @ np.array([[1, -np.sin(shear)], [0, np.cos(shear)]])


Views = Mirrored | Changed


def views_of_recipe(recipe: dict, seed: int) -> Views:
    """What a recipe shows of each training image.

    Parameters
    ----------
    recipe : dict
        Of config recipes: `augment` and `flip`.
    seed : int
        Of the training.

    Returns
    -------
    Mirrored or Changed
        Mirrored if the recipe has no changed views.
    """
    augment = recipe["augment"]
    if not augment["views"]:
        return Mirrored(recipe["flip"])
    return Changed(
        augment["views"],
        recipe["flip"],
        augment["grey"],
        augment["jitter"],
        augment["zoom"],
        seed,
        rotation=augment.get("rotation", 0.0),
        shear=augment.get("shear", 0.0),
        shift=augment.get("shift"),
    )
