"""ONNX Runtime for networks that need no gradient, with a fixed number of threads, on the CPU or the GPU."""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np

from gestalt_regions.core.errors import InputError

log = logging.getLogger("gestalt_regions")
PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


def session(path: str, threads: int, device: str = "cpu"):
    """A session on `device`: cpu or cuda; auto is the GPU where ONNX Runtime can use one.

    Raises InputError for a file that it cannot load, and for `cuda` where there is none to be had: ONNX Runtime itself
    falls back to the CPU without an error.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # no warning for every batch that is not the one the file was exported with
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    cuda = device != "cpu" and PROVIDERS["cuda"] in onnxruntime.get_available_providers()
    providers = [PROVIDERS["cuda"], PROVIDERS["cpu"]] if cuda else [PROVIDERS["cpu"]]
    try:
        made = onnxruntime.InferenceSession(path, options, providers=providers)
    except Exception as error:  # onnxruntime's own exception types are not public
        raise InputError(f"{path}: not an ONNX network that ONNX Runtime can load ({error})") from None
    used = made.get_providers()[0]
    if device == "cuda" and used != PROVIDERS["cuda"]:
        raise InputError(f"config run.device is cuda, but ONNX Runtime started {used}; set it to cpu or auto")
    log.info("%s on ONNX Runtime, %s, %d thread(s)", path, used, threads)
    return made


def runner(made) -> Callable[[np.ndarray], np.ndarray]:
    """images float32 [n, c, h, w] -> the session's only output [n, d]; one by one where the file fixes its batch to 1.

    Raises InputError for a file that fixes another batch.
    """
    name, shape = made.get_inputs()[0].name, made.get_inputs()[0].shape
    fixed = shape[0] if isinstance(shape[0], int) else 0
    if fixed > 1:
        raise InputError(f"the network takes batches of {fixed} images and no other; export it with a free batch")

    def run(images: np.ndarray) -> np.ndarray:
        parts = np.split(images, len(images)) if fixed == 1 else [images]
        return np.concatenate([made.run(None, {name: part})[0] for part in parts])

    return run
