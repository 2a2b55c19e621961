"""SCRFD, insightface's face detector, on ONNX Runtime."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from gestalt_regions.core.errors import InputError
from gestalt_regions.faces.detect import Detector, Faces
from gestalt_regions.faces.detector_registry import detector

log = logging.getLogger("gestalt_regions")


def _gpu() -> int:
    """The number of this job's GPU."""
    from gestalt_regions.jobs.device import choose_device

    return choose_device("cuda").index


@detector(
    "scrfd",
    place=1,
    asset="scrfd_500m.onnx",
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
        log.info("detector scrfd on %s, %d thread(s)", used, threads)

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
