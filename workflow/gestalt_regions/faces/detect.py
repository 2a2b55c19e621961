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
from gestalt_regions.faces.align import TEMPLATE
from gestalt_regions.faces.detector_registry import DETECTORS
from gestalt_regions.faces.turns import MARGIN, TILTED, TURNS, face_like, lean, quality, turned_back, turned_square
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
        return self.detect_turned(image, size, (0,))[0]

    def detect_turned(self, image: np.ndarray, size: int, turns: Sequence[int]) -> dict[int, Faces]:
        """Find faces in an image of any shape, turned in several ways.

        Parameters
        ----------
        image : ndarray of uint8 [H, W, 3]
            RGB.
        size : int
            Pixels of the longer side at which faces are looked for.
        turns : sequence of int
            Degrees clockwise, of `turns.TURNS`.

        Returns
        -------
        dict of int to Faces
            By turn; in pixels of `image` as it is, largest first.
        """
        square, factor = letterbox(image, size)
        fitted = round(image.shape[0] * factor[1]), round(image.shape[1] * factor[0])
        of_turn = {}
        for turned in turns:
            faces = self.find(turned_square(square, fitted, turned))
            axes = factor if turned in (0, 180) else factor[::-1]  # of the turned photograph
            boxes, points = faces.boxes / np.tile(axes, 2), faces.points / axes
            if turned:
                corners = turned_back(boxes.reshape(-1, 2, 2), turned, image.shape)
                boxes = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
                points = turned_back(points, turned, image.shape)
            faces = Faces(boxes, faces.scores, points)
            order = np.lexsort((-faces.scores, -faces.areas))
            of_turn[turned] = Faces(faces.boxes[order], faces.scores[order], faces.points[order])
        return of_turn


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


def _upright(detector: Detector, image: np.ndarray, sizes: Sequence[int]) -> tuple[int, int, Faces, bool]:
    """The turn in which the face is upright, the size at which it was found, the faces, and whether that is sure.

    Sizes are tried until the photograph as it is shows a face; each of them in all turns.
    """
    looks: dict[tuple[int, int], Faces] = {}
    for size in sizes:
        looks |= {(turned, size): faces for turned, faces in detector.detect_turned(image, size, TURNS).items()}
        if len(looks[0, size]):
            break
    worth = {key: quality(float(f.scores[0]), f.points[0], key[0]) for key, f in looks.items() if len(f)}
    if not worth:
        looked, shape = ", ".join(map(str, sizes)), f"{image.shape[1]} x {image.shape[0]}"
        raise Unusable("no_face", f"none at {looked} pixels in an image of {shape}, upright or turned")
    value = {turned: max(v for (other, _), v in worth.items() if other == turned) for turned, _ in worth}
    turned = max(value, key=lambda turned: value[turned] + MARGIN * (turned == 0))  # the first of equals
    size = next(size for other, size in worth if other == turned)
    others = [v for other, v in value.items() if other != turned]
    return turned, size, looks[turned, size], value[turned] - max(others, default=0.0) >= MARGIN


def choose_face(
    detector: Detector,
    image: np.ndarray,
    *,
    sizes: Sequence[int],
    several: str,
    comparable_area: float,
    min_eye_distance: float,
) -> Choice:
    """The one face to use, looked for at each of `sizes` until one finds any, upright or turned.

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
        Reason `no_face`, `several_faces`, `too_small` (eyes closer than `min_eye_distance`), `too_turned` (so are they
        because the head is seen from the side) or `bad_landmarks`.
    """
    turned, size, faces, sure = _upright(detector, image, sizes)
    warnings = [f"found_at_{size}"] * (size != sizes[0]) + [f"turned_{turned}"] * (turned != 0)
    warnings += ["turn_unsure"] * (not sure)
    if len(faces) > 1:
        ratio = float(faces.areas[1] / max(faces.areas[0], 1e-9))
        if several == "exclude" or (several == "clear_largest" and ratio >= comparable_area):
            raise Unusable("several_faces", f"{len(faces)} faces, the second with {ratio:.2f} of the largest's area")
        warnings.append(f"largest_of_{len(faces)}")
    distance = float(np.linalg.norm(faces.points[0, 1] - faces.points[0, 0]))
    if distance < min_eye_distance:
        _check_turned(faces.points[0], distance, min_eye_distance)
        raise Unusable("too_small", f"eyes {distance:.1f} pixels apart, fewer than {min_eye_distance:g}")
    if not face_like(faces.points[0]):
        raise Unusable("bad_landmarks", "the detector's eyes and mouth do not stand as in a face")
    warnings += ["tilted"] * (abs(lean(faces.points[0], turned)) > TILTED)
    return Choice(faces.boxes[0], faces.points[0], float(faces.scores[0]), len(faces), tuple(warnings), turned)


def _check_turned(points: np.ndarray, distance: float, min_eye_distance: float) -> None:
    """Tell a head that is turned to the side from a small one: eyes as far above the mouth as in a large face."""
    down = float(np.linalg.norm(points[3:].mean(axis=0) - points[:2].mean(axis=0)))
    template_down = TEMPLATE[3:].mean(axis=0) - TEMPLATE[:2].mean(axis=0)
    from_the_front = down * np.linalg.norm(TEMPLATE[1] - TEMPLATE[0]) / np.linalg.norm(template_down)
    if from_the_front >= min_eye_distance:
        said = f"eyes {distance:.1f} pixels apart, but {down:.0f} above the mouth"
        raise Unusable("too_turned", f"{said}: the head is seen from the side")
