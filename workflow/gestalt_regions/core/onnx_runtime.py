"""ONNX Runtime for networks that need no gradient, with a fixed number of threads, on the CPU or the GPU."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from gestalt_regions.core.errors import InputError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

log = logging.getLogger("gestalt_regions")
PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


def open_session(path: str, threads: int, device: str = "cpu") -> InferenceSession:
    """Open an ONNX file for inference.

    Parameters
    ----------
    path : str
        The ONNX file.
    threads : int
        Threads of one session.
    device : {"cpu", "cuda", "auto"}
        auto is the GPU where ONNX Runtime can use one.

    Returns
    -------
    InferenceSession
        The session.

    Raises
    ------
    InputError
        For a file that cannot be loaded, and for `cuda` where there is no GPU to be had. ONNX Runtime itself falls back
        to the CPU without an error.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # no warning for every batch that is not the one the file was exported with
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    cuda = device != "cpu" and PROVIDERS["cuda"] in onnxruntime.get_available_providers()
    providers = [PROVIDERS["cuda"], PROVIDERS["cpu"]] if cuda else [PROVIDERS["cpu"]]
    try:
        session = onnxruntime.InferenceSession(path, options, providers=providers)
    except Exception as error:  # onnxruntime's own exception types are not public
        raise InputError(f"{path}: not an ONNX network that ONNX Runtime can load ({error})") from None
    used = session.get_providers()[0]
    if device == "cuda" and used != PROVIDERS["cuda"]:
        raise InputError(f"config run.device is cuda, but ONNX Runtime started {used}; set it to cpu or auto")
    log.info("%s on ONNX Runtime, %s, %d thread(s)", path, used, threads)
    return session


def batch_runner(session: InferenceSession) -> Callable[[np.ndarray], np.ndarray]:
    """Make a function that runs a session on a batch of images.

    Parameters
    ----------
    session : InferenceSession
        A session with one input and one output. A file that fixes its batch to 1 is run image by image.

    Returns
    -------
    callable
        Images float32 [n, c, h, w] -> the only output, [n, d].

    Raises
    ------
    InputError
        For a file that fixes another batch.
    """
    name, shape = session.get_inputs()[0].name, session.get_inputs()[0].shape
    fixed = shape[0] if isinstance(shape[0], int) else 0
    if fixed > 1:
        raise InputError(f"the network takes batches of {fixed} images and no other; export it with a free batch")

    def _run_batch(images: np.ndarray) -> np.ndarray:
        parts = np.split(images, len(images)) if fixed == 1 else [images]
        return np.concatenate([session.run(None, {name: part})[0] for part in parts])

    return _run_batch
