"""Stand-ins for photographs: simulated faces, two of a class laid over each other, bent until their landmarks fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from skimage.transform import SimilarityTransform

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_table
from gestalt_regions.core.seeds import generator
from gestalt_regions.faces.align import transform
from gestalt_regions.faces.given_landmarks import POINTS
from gestalt_regions.faces.photo import read_photo

CONTROL = "Unaffected"
GRID = 8  # pixels between two places at which the bending is computed
REACH = 0.6  # how far one landmark bends the picture, in distances of the eyes


@dataclass(frozen=True)
class Picture:
    """One stand-in: the same `person` is the same face, `faces` is the simulated class that it is made of.

    points: float [5, 2], pixels; width and height in pixels.
    """

    name: str
    person: str
    faces: str
    points: np.ndarray
    width: int
    height: int


class SimulatedFaces:
    """Photographs of a simulated cohort, with the landmarks that were found in them.

    Parameters
    ----------
    folder : path
        results/<cohort>: samples.csv and faces/index.csv.

    Raises
    ------
    InputError
        If the cohort is not simulated, or has a class with fewer than two faces.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        text = ["sample_id", "image", "label", "simulated"]
        samples = read_table(self.folder / "samples.csv", text, strings=text)
        if not samples["simulated"].eq("True").all():
            raise InputError(f"{self.folder}: not every image is simulated; a rehearsal uses no photographs of people")
        index = read_table(self.folder / "faces/index.csv", ["sample_id", *POINTS], strings=["sample_id"])
        faces = samples.merge(index[["sample_id", *POINTS]], on="sample_id")
        self._images = [str(self.folder / path) for path in faces["image"]]
        self._points = faces[POINTS].to_numpy(float).reshape(-1, 5, 2)
        self._members = {str(label): np.array(rows) for label, rows in faces.groupby("label").indices.items()}
        if few := [label for label, rows in self._members.items() if len(rows) < 2]:
            raise InputError(f"{self.folder}: class '{few[0]}' has one face; a stand-in is made of two")
        self.read = lru_cache(maxsize=1024)(read_photo)

    @property
    def classes(self) -> list[str]:
        """Name the classes that there are.

        Returns
        -------
        list of str
            Sorted.
        """
        return sorted(self._members)

    def class_for(self, label: str, labels: Sequence[str]) -> str:
        """Choose the simulated class that stands in for a label: the same one, else each other in turn.

        Parameters
        ----------
        label : str
            A label of the cohort.
        labels : sequence of str
            All labels of the cohort.

        Returns
        -------
        str
            A simulated class; the unaffected one stands in for no other.
        """
        if label in self._members:
            return label
        others = [name for name in self.classes if name != CONTROL] or self.classes
        return others[sorted(labels).index(label) % len(others)]

    def draw(self, picture: Picture, seed: int) -> np.ndarray:
        """Draw a stand-in.

        Parameters
        ----------
        picture : Picture
            What is wanted.
        seed : int
            Seed of the rehearsal.

        Returns
        -------
        ndarray of uint8 [H, W, 3]
            RGB, its landmarks where the picture wants them.
        """
        person, photo = generator(seed, "person", picture.person), generator(seed, "photo", picture.name)
        pair = person.choice(self._members[picture.faces], 2, replace=False)
        share = person.uniform(0.5, 0.8) + photo.uniform(-0.05, 0.05)
        tint = 1 + person.uniform(-0.06, 0.06, 3)
        first, second = (self._fitted(int(row), picture) for row in pair)
        blended = cv2.addWeighted(first, share, second, 1 - share, 0)
        values = blended.astype(np.float32) * (tint * photo.uniform(0.85, 1.1)).astype(np.float32)
        return np.clip(values + np.float32(photo.uniform(-8, 8)), 0, 255).astype(np.uint8)

    def _fitted(self, row: int, picture: Picture) -> np.ndarray:
        """One simulated photograph, moved and bent so that its landmarks are those of the picture."""
        return bend(
            self.read(self._images[row]).pixels, self._points[row], picture.points, picture.width, picture.height
        )


def bend(image: np.ndarray, found: np.ndarray, wanted: np.ndarray, width: int, height: int) -> np.ndarray:
    """Move a photograph by a similarity, then bend it smoothly, so that its landmarks come to lie where they should.

    Parameters
    ----------
    image : ndarray of uint8 [H, W, 3]
        The photograph.
    found, wanted : ndarray [5, 2]
        Its landmarks, and where they should be; pixels.
    width, height : int
        Of the new picture, pixels.

    Returns
    -------
    ndarray of uint8 [height, width, 3]
        The new picture. Beyond the photograph its mirror image continues.

    Raises
    ------
    InputError
        If the wanted landmarks define no face.
    """
    estimate = SimilarityTransform.from_estimate(found, wanted)
    reach = REACH * float(np.linalg.norm(wanted[1] - wanted[0]))
    if not estimate or reach == 0:
        raise InputError(f"landmarks {wanted.round(1).tolist()} define no face")
    rest = wanted - transform(estimate.params, found)
    kernel = _near(wanted, wanted, reach) + 1e-3 * np.eye(5)  # crowded landmarks must not tear the picture
    weights = np.linalg.solve(kernel, rest)
    columns, rows = np.arange(0, width + GRID, GRID), np.arange(0, height + GRID, GRID)
    grid = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2).astype(float)
    source = transform(np.linalg.inv(estimate.params), grid - _near(grid, wanted, reach) @ weights)
    # every pixel's place in the photograph, linear between the places of the grid
    steps = np.array([[1 / GRID, 0, 0], [0, 1 / GRID, 0]])
    maps = [
        cv2.warpAffine(
            axis.reshape(len(rows), len(columns)).astype(np.float32),
            steps,
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        )
        for axis in source.T
    ]
    return cv2.remap(image, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def _near(places: np.ndarray, centres: np.ndarray, reach: float) -> np.ndarray:
    """How near each place is to each centre, 1 to 0 (a Gaussian): float [places, centres]."""
    squares = ((places[:, None] - centres[None]) ** 2).sum(axis=-1)
    return np.exp(-squares / (2 * reach**2))
