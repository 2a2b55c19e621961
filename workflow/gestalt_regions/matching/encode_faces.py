"""Encodings of every face: each test-time view of it as a unit vector (Hustinx et al. 2023, section 3.4)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch

from gestalt_regions.core.io import new_array, read_array, read_table, write_table, write_text
from gestalt_regions.core.onnx_runtime import batch_runner, open_session
from gestalt_regions.core.progress import Progress
from gestalt_regions.jobs.device import choose_device, deterministic
from gestalt_regions.matching.encoders import embed, onnx_input, rebuilt, unit
from gestalt_regions.matching.encoding_layout import TTA
from gestalt_regions.models.network import LUMA
from gestalt_regions.models.precision import in_precision, network_precision

log = logging.getLogger("gestalt_regions")
Encode = Callable[[np.ndarray], np.ndarray]  # crops uint8 [n, s, s, 3] -> vectors [n, d]


def grey(crops: np.ndarray) -> np.ndarray:
    """The luma (ITU-R BT.601) in all three channels.

    Parameters
    ----------
    crops : ndarray
        RGB, uint8 [..., 3].

    Returns
    -------
    ndarray
        uint8 [..., 3].
    """
    luma = np.rint(crops.astype(np.float32) @ np.array(LUMA, np.float32)).astype(np.uint8)
    return np.repeat(luma[..., None], 3, axis=-1)


def view(crops: np.ndarray, name: str) -> np.ndarray:
    """One test-time view of faces: in colour or grey, mirrored or not.

    Parameters
    ----------
    crops : ndarray
        uint8 [n, s, s, 3].
    name : str
        Of TTA.

    Returns
    -------
    ndarray
        uint8 [n, s, s, 3].
    """
    crops = grey(crops) if name.startswith("grey") else crops
    return np.ascontiguousarray(crops[:, :, ::-1]) if name.endswith("flipped") else crops


def _engine(
    entry: Mapping, card: Mapping, inputs: Mapping[str, str], *, threads: int, device: str, precision: str
) -> Encode:
    """How faces become vectors: ONNX Runtime for a file used as it is, PyTorch for all else.

    card: of encoders.describe; inputs: asset, and trained (the checkpoint of a fine-tuned encoder, else "").
    """
    where = choose_device(device)
    network, preprocess = rebuilt(entry, inputs["asset"], inputs["trained"])
    if inputs["trained"] or card["engine"] == "torch":
        network = network.to(where).to(memory_format=torch.channels_last)
        network = in_precision(network, network_precision(precision, where))
        return lambda crops: embed(network, preprocess(crops, where))
    preprocess = onnx_input(preprocess, card["scales_itself"])
    encode_batch = batch_runner(open_session(inputs["asset"], threads, device))
    return lambda crops: encode_batch(np.ascontiguousarray(preprocess(crops).numpy()))


def encode(
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
    *,
    entry: Mapping,
    batch: int,
    threads: int,
    device: str,
    precision: str = "float32",
) -> None:
    """Encode every face; a block of images at a time is in memory.

    Parameters
    ----------
    inputs : mapping of str to path
        crops, index, card; asset and trained ("" if none).
    outputs : mapping of str to path
        encodings: float32 [n, 4, d], views in the order of TTA, every vector of length 1; index: row, sample_id; about:
        what made them, as JSON.
    entry : mapping
        Of config matching.encoders.
    batch : int
        Images that are passed at a time.
    threads : int
        Of ONNX Runtime.
    device : str
        As in config run.device.
    precision : str
        As in config run.precision; ONNX Runtime computes in that of its file.
    """
    deterministic()
    card = json.loads(Path(inputs["card"]).read_text(encoding="utf-8"))
    crops = read_array(inputs["crops"])
    index = read_table(inputs["index"], ["row", "sample_id"], strings=["sample_id"])[["row", "sample_id"]]
    encode_crops = _engine(entry, card, inputs, threads=threads, device=device, precision=precision)
    progress = Progress(len(index), "faces encoded")
    with new_array(outputs["encodings"], (len(index), len(TTA), card["width"]), np.float32) as vectors:
        for start in range(0, len(index), batch):
            block = np.asarray(crops[index.row[start : start + batch]])
            for i, name in enumerate(TTA):
                vectors[start : start + batch, i] = unit(encode_crops(view(block, name)))
            progress.update(len(block))
    write_table(index.assign(row=range(len(index))), outputs["index"])
    used = {"engine": "torch"} if inputs["trained"] else {}
    facts = {**card, **used, "views": list(TTA), "fine_tuned": bool(inputs["trained"]), "images": len(index)}
    write_text(json.dumps(facts, indent=2) + "\n", outputs["about"])
