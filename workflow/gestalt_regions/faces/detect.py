"""What a face detector is, and which of the faces that it finds is taken. The detectors are modules of `detectors`."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import cv2
import numpy as np

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.faces.detector_registry import DETECTORS
from gestalt_regions.faces.unusable import Unusable

log = logging.getLogger("gestalt_regions")


@dataclass(frozen=True)
class Faces:
    """Faces that a detector found in an image, largest box first.

    Attributes
    ----------
    boxes : ndarray of float32 [F, 4]
        x1, y1, x2, y2 in pixels of the image they were found in.
    scores : ndarray of float32 [F]
        The detector's confidence.
    points : ndarray of float32 [F, 5, 2]
        Left-in-image eye, right-in-image eye, nose tip, left-in-image mouth corner, right-in-image mouth corner;
        pixels.
    """

    boxes: np.ndarray
    scores: np.ndarray
    points: np.ndarray

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def areas(self) -> np.ndarray:
        """Areas of the boxes.

        Returns
        -------
        ndarray of float32 [F]
            Square pixels.
        """
        return np.prod(self.boxes[:, 2:] - self.boxes[:, :2], axis=1)


def letterbox(image: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Fit an image into the top left of a black square.

    Shrinking averages over areas, so that a 40-megapixel photograph is not aliased.

    Parameters
    ----------
    image : ndarray of uint8 [H, W, 3]
        The image.
    size : int
        Width of the square, pixels.

    Returns
    -------
    square : ndarray of uint8 [size, size, 3]
        The square.
    factors : ndarray [2]
        What x and y were multiplied by.
    """
    height, width = image.shape[:2]
    factor = size / max(height, width)
    fitted = max(1, round(width * factor)), max(1, round(height * factor))
    square = np.zeros((size, size, 3), np.uint8)
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    square[: fitted[1], : fitted[0]] = cv2.resize(image, fitted, interpolation=method)
    return square, np.array([fitted[0] / width, fitted[1] / height])


class Detector(ABC):
    """A detector made ready to run with a fixed number of threads.

    Parameters
    ----------
    weights : path
        Its weights.
    score : float
        Lowest confidence of a face.
    threads : int
        Number of threads.
    device : str
        `cpu` or `cuda`.
    """

    @abstractmethod
    def __init__(self, weights: str | Path, score: float, threads: int, device: str) -> None: ...

    @abstractmethod
    def find(self, square: np.ndarray) -> Faces:
        """Find faces in a square image.

        Parameters
        ----------
        square : ndarray of uint8 [S, S, 3]
            RGB.

        Returns
        -------
        Faces
            In pixels of the square.
        """

    def detect(self, image: np.ndarray, size: int) -> Faces:
        """Find faces in an image of any shape.

        Parameters
        ----------
        image : ndarray of uint8 [H, W, 3]
            RGB.
        size : int
            Pixels of the longer side at which faces are looked for.

        Returns
        -------
        Faces
            In pixels of `image`, largest first.
        """
        square, factor = letterbox(image, size)
        faces = self.find(square)
        scale = np.tile(factor, 2)
        faces = Faces(faces.boxes / scale, faces.scores, faces.points / factor)
        order = np.lexsort((-faces.scores, -faces.areas))
        return Faces(faces.boxes[order], faces.scores[order], faces.points[order])


def make_detector(name: str, weights: str | Path, score: float, threads: int, device: str) -> Detector:
    """The registered detector `name` with its weights.

    Parameters
    ----------
    name : str
        Config key `faces.detector`.
    weights : path
        Its weights.
    score : float
        Lowest confidence of a face.
    threads : int
        Number of threads.
    device : str
        `cpu` or `cuda`.

    Returns
    -------
    Detector
        Ready to run.

    Raises
    ------
    InputError
        If the detector or its weights are not there.
    """
    if name not in DETECTORS:
        raise InputError(f"config key 'faces.detector' is {name!r}; {nearest(name, DETECTORS)}")
    registered = DETECTORS[name]
    if registered.asset and not Path(weights).is_file():
        raise InputError(f"{weights}: no such file (weights of the face detector {name})")
    made: Detector = getattr(import_module(registered.module), registered.object)(weights, score, threads, device)
    return made


@dataclass(frozen=True)
class Choice:
    """The face taken from a photograph, with what the index says about it.

    Attributes
    ----------
    box : ndarray of float32 [4]
        x1, y1, x2, y2 in pixels of the photograph.
    points : ndarray of float32 [5, 2]
        Landmarks in the order of `Faces`, pixels of the photograph.
    score : float
        The detector's confidence.
    faces_found : int
        Faces in the photograph.
    warnings : tuple of str
        Such as `largest_of_2`.
    turned : int
        Degrees clockwise by which the photograph is to be turned for the face to be upright: 0, 90, 180 or 270.
    """

    box: np.ndarray
    points: np.ndarray
    score: float
    faces_found: int
    warnings: tuple[str, ...]
    turned: int = 0


def choose_face(
    detector: Detector,
    image: np.ndarray,
    *,
    sizes: Sequence[int],
    several: str,
    comparable_area: float,
    min_eye_distance: float,
) -> Choice:
    """The one face to use, looked for at each of `sizes` until one finds any.

    Parameters
    ----------
    detector : Detector
        What finds faces.
    image : ndarray of uint8 [H, W, 3]
        RGB photograph.
    sizes : sequence of int
        Pixels of the longer side, one after the other.
    several : str
        What to do with more than one face: `largest` takes the largest, `exclude` refuses, and `clear_largest` refuses
        only if the second box has at least `comparable_area` of the largest's area.
    comparable_area : float
        Share of the largest box's area.
    min_eye_distance : float
        Pixels of the photograph.

    Returns
    -------
    Choice
        The face.

    Raises
    ------
    Unusable
        Reason `no_face`, `several_faces` or `too_small` (eyes closer than `min_eye_distance`).
    """
    for size in sizes:
        faces = detector.detect(image, size)
        if len(faces):
            break
    else:
        looked = ", ".join(map(str, sizes))
        raise Unusable("no_face", f"none at {looked} pixels in an image of {image.shape[1]} x {image.shape[0]}")
    warnings = [] if size == sizes[0] else [f"found_at_{size}"]
    if len(faces) > 1:
        ratio = float(faces.areas[1] / max(faces.areas[0], 1e-9))
        if several == "exclude" or (several == "clear_largest" and ratio >= comparable_area):
            raise Unusable("several_faces", f"{len(faces)} faces, the second with {ratio:.2f} of the largest's area")
        warnings.append(f"largest_of_{len(faces)}")
    distance = float(np.linalg.norm(faces.points[0, 1] - faces.points[0, 0]))
    if distance < min_eye_distance:
        raise Unusable("too_small", f"eyes {distance:.1f} pixels apart, fewer than {min_eye_distance:g}")
    return Choice(faces.boxes[0], faces.points[0], float(faces.scores[0]), len(faces), tuple(warnings))
