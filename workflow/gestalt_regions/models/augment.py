"""The views of a training image: as it is, mirrored, or one of a few drawn changes (grey, colour, zoom)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from gestalt_regions.core.seeds import generator
from gestalt_regions.models.network import LUMA


@dataclass(frozen=True)
class Mirrored:
    """View 0: the crop as it is; view 1: mirrored, in half of the draws."""

    flip: bool

    @property
    def count(self) -> int:
        return 2 if self.flip else 1

    def draw(self, order: np.random.Generator, n: int) -> np.ndarray:
        """The views int [n] of n images in one training step."""
        return (order.random(n) < 0.5).astype(int) if self.flip else np.zeros(n, int)

    def apply(self, crops: np.ndarray, rows: np.ndarray, views: np.ndarray) -> np.ndarray:
        """uint8 [n, s, s, 3] of the images `rows` of the stack, each in its view."""
        found = np.array(crops[rows])
        mirrored = views == 1
        found[mirrored] = found[mirrored][:, :, ::-1]
        return found


@dataclass(frozen=True)
class Changed:
    """View 0: the crop as it is; views 1..`number`: changed, each by draws of its own that depend on seed, image and
    view alone, so that what the frozen layers make of them can be kept (Hustinx et al. 2023, section 3.3: mirrored,
    grey, colour jitter, zooming and cropping artefacts; how much of each is not stated there).
    """

    number: int
    flip: bool
    grey: float  # probability
    jitter: float  # brightness, contrast and saturation by factors of 1 -jitter..+jitter
    zoom: float  # factor 1 -zoom..+zoom, shift by up to half of that; what the crop lacks is black
    seed: int

    @property
    def count(self) -> int:
        return 1 + self.number

    def draw(self, order: np.random.Generator, n: int) -> np.ndarray:
        """The views int [n] of n images in one training step."""
        return 1 + order.integers(self.number, size=n)

    def apply(self, crops: np.ndarray, rows: np.ndarray, views: np.ndarray) -> np.ndarray:
        """uint8 [n, s, s, 3] of the images `rows` of the stack, each in its view."""
        found = np.array(crops[rows])
        for i in np.flatnonzero(views):
            found[i] = self._change(found[i], generator(self.seed, "augment", int(rows[i]), int(views[i])))
        return found

    def _change(self, crop: np.ndarray, random: np.random.Generator) -> np.ndarray:
        mirrored, grey = random.random(2) < (0.5 if self.flip else 0.0, self.grey)
        bright, contrast, saturation = random.uniform(1 - self.jitter, 1 + self.jitter, 3)
        factor, across, down = (1, 0, 0) + self.zoom * random.uniform(-1, 1, 3) * (1, 0.5, 0.5)
        size = crop.shape[0]
        middle = (size - 1) / 2
        move = np.array(
            [[factor, 0, (1 - factor) * middle + across * size], [0, factor, (1 - factor) * middle + down * size]]
        )
        image = cv2.warpAffine(crop, move, (size, size), flags=cv2.INTER_LINEAR) if self.zoom else crop
        image = image[:, ::-1] if mirrored else image
        colours = image.astype(np.float32) * bright
        luma = (colours @ np.array(LUMA, np.float32))[..., None]
        mixed = luma if grey else luma + saturation * (colours - luma)
        mean = luma.mean()
        return np.clip(np.rint(mean + contrast * (mixed - mean)), 0, 255).astype(np.uint8)


def views(recipe: dict, seed: int) -> Mirrored | Changed:
    """What a recipe shows of each training image."""
    own = recipe["augment"]
    if not own["views"]:
        return Mirrored(recipe["flip"])
    return Changed(own["views"], recipe["flip"], own["grey"], own["jitter"], own["zoom"], seed)
