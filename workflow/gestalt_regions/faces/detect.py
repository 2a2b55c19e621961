"""Face detectors: a registry of classes that find boxes, scores and five landmarks in a photograph."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.faces.photo import Unusable

log = logging.getLogger("gestalt_regions")
DETECTORS: dict[str, type[Detector]] = {}


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


def register(name: str, **about: str) -> Callable[[type[Detector]], type[Detector]]:
    """Add a detector class to the registry.

    Parameters
    ----------
    name : str
        The config's name of the detector.
    **about : str
        Its licence and paper.

    Returns
    -------
    callable
        The decorator.
    """

    def _add(cls: type[Detector]) -> type[Detector]:
        cls.name, cls.about = name, about
        DETECTORS[name] = cls
        return cls

    return _add


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

    name: ClassVar[str]
    about: ClassVar[dict[str, str]]

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


def _gpu() -> int:
    """The number of this job's GPU."""
    from gestalt_regions.jobs.device import choose_device

    return choose_device("cuda").index


@register(
    "scrfd",
    paper="Guo et al., Sample and Computation Redistribution for Efficient Face Detection, ICLR 2022",
    licence="insightface weights: non-commercial research",
)
class Scrfd(Detector):
    """insightface's SCRFD (or any RetinaFace/SCRFD ONNX file with landmarks) on ONNX Runtime (Guo et al., ICLR 2022).

    Parameters
    ----------
    weights : path
        The ONNX file.
    score : float
        Lowest confidence of a face.
    threads : int
        Number of threads.
    device : str
        `cpu` or `cuda`.

    Raises
    ------
    InputError
        If the file is no such detector, or ONNX Runtime cannot use the device.
    """

    def __init__(self, weights: str | Path, score: float, threads: int, device: str) -> None:
        import onnxruntime
        from insightface import model_zoo

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        wanted = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}[device]
        if wanted not in onnxruntime.get_available_providers():
            raise InputError(f"faces.device is {device}, but ONNX Runtime has no {wanted}; set it to cpu")
        providers = [wanted] if device == "cpu" else [(wanted, {"device_id": _gpu()}), "CPUExecutionProvider"]
        self.model = model_zoo.get_model(str(weights), providers=providers, sess_options=options)
        if not getattr(self.model, "use_kps", False):
            raise InputError(f"{weights}: not an insightface face detector with five landmarks")
        self.model.prepare(0, det_thresh=score)
        used = self.model.session.get_providers()[0]
        if used != wanted:  # ONNX Runtime falls back without an error when a CUDA library is not found
            raise InputError(f"faces.device is {device}, but ONNX Runtime started {used}; set it to cpu")
        log.info("detector %s on %s, %d thread(s)", self.name, used, threads)

    def find(self, square: np.ndarray) -> Faces:
        """Find faces in a square image, see `Detector.find`.

        Parameters
        ----------
        square : ndarray of uint8 [S, S, 3]
            RGB.

        Returns
        -------
        Faces
            In pixels of the square.
        """
        side = square.shape[0]
        boxes, points = self.model.detect(np.ascontiguousarray(square[:, :, ::-1]), input_size=(side, side))
        return Faces(boxes[:, :4], boxes[:, 4], points)


@register(
    "yunet",
    paper="Wu, Peng and Yu, YuNet: A Tiny Millisecond-level Face Detector, Machine Intelligence Research 2023",
    licence="MIT",
)
class YuNet(Detector):
    """OpenCV's YuNet, the permissive choice; always on the CPU (Wu, Peng and Yu, 2023).

    Parameters
    ----------
    weights : path
        The ONNX file.
    score : float
        Lowest confidence of a face.
    threads : int
        Number of threads.
    device : str
        Not used.

    Raises
    ------
    InputError
        If OpenCV cannot read the weights.
    """

    def __init__(self, weights: str | Path, score: float, threads: int, device: str) -> None:
        cv2.setNumThreads(threads)
        try:
            self.model = cv2.FaceDetectorYN.create(str(weights), "", (256, 256), score)
        except cv2.error as error:
            raise InputError(f"{weights}: not a YuNet model that OpenCV can read ({error})") from None
        log.info("detector %s on OpenCV (CPU), %d thread(s)", self.name, threads)

    def find(self, square: np.ndarray) -> Faces:
        """Find faces in a square image, see `Detector.find`.

        Parameters
        ----------
        square : ndarray of uint8 [S, S, 3]
            RGB.

        Returns
        -------
        Faces
            In pixels of the square.
        """
        self.model.setInputSize(square.shape[1::-1])
        faces = self.model.detect(np.ascontiguousarray(square[:, :, ::-1]))[1]
        faces = np.zeros((0, 15), np.float32) if faces is None else faces
        boxes = np.concatenate([faces[:, :2], faces[:, :2] + faces[:, 2:4]], axis=1)
        return Faces(boxes, faces[:, 14], faces[:, 4:14].reshape(-1, 5, 2))


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
    if not Path(weights).is_file():
        raise InputError(f"{weights}: no such file (weights of the face detector {name})")
    return DETECTORS[name](weights, score, threads, device)


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
    found : int
        Faces in the photograph.
    warnings : tuple of str
        Such as `largest_of_2`.
    """

    box: np.ndarray
    points: np.ndarray
    score: float
    found: int
    warnings: tuple[str, ...]


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
