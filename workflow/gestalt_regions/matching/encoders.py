"""What an encoder is, checked and written down before any long work: its shapes, its input, its file."""

from __future__ import annotations

import json
import logging

import numpy as np
import torch

from gestalt_regions.assets.fetching import sha256
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import write_text
from gestalt_regions.core.onnx_runtime import batch_runner, open_session
from gestalt_regions.models import checkpoint
from gestalt_regions.models.backbones import backbone, builder
from gestalt_regions.models.network import Preprocess, StagedNetwork

log = logging.getLogger("gestalt_regions")
AGREEMENT = 1e-4  # largest difference between entries of the unit vectors of PyTorch and of ONNX Runtime


def unit(vectors: np.ndarray, what: str = "the encoder") -> np.ndarray:
    """Rows of length 1, float32 [n, d]. Raises InputError for a row that is zero or not finite."""
    wide = np.asarray(vectors, np.float64)
    lengths = np.linalg.norm(wide, axis=-1, keepdims=True)
    if not np.isfinite(lengths).all() or (lengths == 0).any():
        raise InputError(f"{what} gives encodings that are zero or not finite; they have no direction to compare")
    return (wide / lengths).astype(np.float32)


def onnx_input(preprocess: Preprocess, own: bool) -> Preprocess:
    """The input of the ONNX file itself; own: it scales its input itself and wants plain pixels."""
    return Preprocess(preprocess.size, preprocess.order, (0.0,) * 3, (1.0,) * 3) if own else preprocess


def rebuilt(entry: dict, asset: str, trained: str) -> tuple[StagedNetwork, Preprocess]:
    """The encoder as a PyTorch network in evaluation mode; trained: the checkpoint of a fine-tuned one, else ""."""
    if trained:
        network, preprocess, _ = checkpoint.load(trained, asset)
    else:
        torch.manual_seed(0)  # of a network that starts from random weights
        network, preprocess = builder(entry["backbone"])(1, 0.0, asset, entry["options"])
    return network.eval().requires_grad_(False), preprocess


def embed(network: StagedNetwork, x: torch.Tensor) -> np.ndarray:
    """What the network compares faces by, [n, d]: the output of its last stage, before dropout and classifier."""
    with torch.no_grad():
        return network.run(x).cpu().numpy()


def describe(entry: dict, asset: str, threads: int, feature_layer: bool = False) -> dict:
    """What `encode` must know of an encoder: size, width, file; and, of an ONNX file, that PyTorch gives the same.

    entry: of config matching.encoders; asset: the file it is built from, "" if none; feature_layer: whether that layer
    is to be trained alone. Raises InputError for a file that is not an encoder.
    """
    found = backbone(entry["backbone"])
    build = builder(found.name)
    network, preprocess = build(1, 0.0, asset, entry["options"])
    network.eval()
    noise = np.random.default_rng(0).integers(0, 256, (2, preprocess.size, preprocess.size, 3), dtype=np.uint8)
    ours = unit(embed(network, preprocess(noise)), asset or found.name)
    about = {
        "backbone": found.name,
        "size": preprocess.size,
        "width": ours.shape[1],
        "engine": "torch",
        "scales_itself": False,
        "sha256": sha256(asset) if asset else "",
        "licence": found.licence,
        "paper": found.paper,
    }
    if asset.endswith(".onnx"):
        run = batch_runner(open_session(asset, threads))
        differences = []
        for own in (False, True):  # which input the file wants shows in what it gives
            theirs = unit(run(onnx_input(preprocess, own)(noise).numpy()), asset)
            differences.append(float(np.abs(ours - theirs).max()))
        difference, own = min(differences), differences[1] < differences[0]
        log.info("PyTorch and ONNX Runtime differ by at most %.1e in a unit vector", difference)
        if difference > AGREEMENT:
            raise InputError(f"{asset}: PyTorch and ONNX differ by {difference:.1e}; it was not converted right")
        about |= {"engine": "onnx", "scales_itself": own, "largest_difference": difference}
    if feature_layer:
        build(1, 0.0, asset, {**entry["options"], "feature_layer": True})
    return about


def write_card(output: str, **known) -> None:
    write_text(json.dumps(describe(**known), indent=2) + "\n", output)
