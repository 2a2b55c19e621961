"""YuNet, OpenCV's face detector."""

from __future__ import annotations

import logging
from pathlib import Path

import cv2
import numpy as np

from gestalt_regions.core.errors import InputError
from gestalt_regions.faces.detect import Detector, Faces
from gestalt_regions.faces.detector_registry import detector

log = logging.getLogger("gestalt_regions")


@detector(
    "yunet",
    place=2,
    asset="yunet.onnx",
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
        log.info("detector yunet on OpenCV (CPU), %d thread(s)", threads)

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
