"""What an encoder is, checked and written down before any long work: its shapes, its input, its file."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping

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
    """Vectors at length 1.

    Parameters
    ----------
    vectors : ndarray
        [n, d].
    what : str
        What an error names.

    Returns
    -------
    ndarray
        float32 [n, d].

    Raises
    ------
    InputError
        For a row that is zero or not finite.
    """
    wide = np.asarray(vectors, np.float64)
    lengths = np.linalg.norm(wide, axis=-1, keepdims=True)
    if not np.isfinite(lengths).all() or (lengths == 0).any():
        raise InputError(f"{what} gives encodings that are zero or not finite; they have no direction to compare")
    return (wide / lengths).astype(np.float32)


def onnx_input(preprocess: Preprocess, scales_itself: bool) -> Preprocess:
    """The input of an ONNX file itself.

    Parameters
    ----------
    preprocess : Preprocess
        That of the PyTorch network.
    scales_itself : bool
        Whether the file scales its input itself and wants plain pixels.

    Returns
    -------
    Preprocess
        That of the file.
    """
    return Preprocess(preprocess.size, preprocess.order, (0.0,) * 3, (1.0,) * 3) if scales_itself else preprocess


def rebuilt(entry: Mapping, asset: str, trained: str) -> tuple[StagedNetwork, Preprocess]:
    """The encoder as a PyTorch network in evaluation mode.

    Parameters
    ----------
    entry : mapping
        Of config matching.encoders.
    asset : str
        Path of the file it is built from; "" if none.
    trained : str
        Path of the checkpoint of a fine-tuned encoder; else "".

    Returns
    -------
    tuple of StagedNetwork and Preprocess
        The network, and what makes its input of photos.
    """
    if trained:
        network, preprocess, _ = checkpoint.load(trained, asset)
    else:
        torch.manual_seed(0)  # of a network that starts from random weights
        network, preprocess = builder(entry["backbone"])(1, 0.0, asset, entry["options"])
    return network.eval().requires_grad_(False), preprocess


def embed(network: StagedNetwork, x: torch.Tensor) -> np.ndarray:
    """What the network compares faces by: the output of its last stage, before dropout and classifier.

    Parameters
    ----------
    network : StagedNetwork
        The encoder.
    x : Tensor
        Network input [n, c, s, s].

    Returns
    -------
    ndarray
        [n, d].
    """
    with torch.no_grad():
        return network.run(x).cpu().numpy()


def _as_onnx(
    asset: str, preprocess: Preprocess, noise: np.ndarray, ours: np.ndarray, threads: int
) -> dict[str, object]:
    """What an ONNX file wants as input shows in what it gives; InputError if that is not what PyTorch gives."""
    run_file = batch_runner(open_session(asset, threads))
    differences = []
    for scales_itself in (False, True):
        theirs = unit(run_file(onnx_input(preprocess, scales_itself)(noise).numpy()), asset)
        differences.append(float(np.abs(ours - theirs).max()))
    difference, scales_itself = min(differences), differences[1] < differences[0]
    log.info("PyTorch and ONNX Runtime differ by at most %.1e in a unit vector", difference)
    if difference > AGREEMENT:
        raise InputError(f"{asset}: PyTorch and ONNX differ by {difference:.1e}; it was not converted right")
    return {"engine": "onnx", "scales_itself": scales_itself, "largest_difference": difference}


def describe(entry: Mapping, asset: str, threads: int, feature_layer: bool = False) -> dict[str, object]:
    """What `encode` must know of an encoder: size, width, file; and, of an ONNX file, that PyTorch gives the same.

    Parameters
    ----------
    entry : mapping
        Of config matching.encoders.
    asset : str
        Path of the file it is built from; "" if none.
    threads : int
        Of ONNX Runtime.
    feature_layer : bool
        Whether that layer is to be trained alone.

    Returns
    -------
    dict
        backbone, size, width, engine, scales_itself, sha256, licence, paper and, of an ONNX file, largest_difference.

    Raises
    ------
    InputError
        For a file that is not an encoder.
    """
    registered = backbone(entry["backbone"])
    build = builder(registered.name)
    network, preprocess = build(1, 0.0, asset, entry["options"])
    network.eval()
    noise = np.random.default_rng(0).integers(0, 256, (2, preprocess.size, preprocess.size, 3), dtype=np.uint8)
    ours = unit(embed(network, preprocess(noise)), asset or registered.name)
    facts: dict[str, object] = {
        "backbone": registered.name,
        "size": preprocess.size,
        "width": ours.shape[1],
        "engine": "torch",
        "scales_itself": False,
        "sha256": sha256(asset) if asset else "",
        "licence": registered.licence,
        "paper": registered.paper,
    }
    if asset.endswith(".onnx"):
        facts |= _as_onnx(asset, preprocess, noise, ours, threads)
    if feature_layer:
        build(1, 0.0, asset, {**entry["options"], "feature_layer": True})
    return facts


def write_card(output: str, *, entry: Mapping, asset: str, threads: int, feature_layer: bool = False) -> None:
    """Write what `describe` says of an encoder as JSON.

    Parameters
    ----------
    output : str
        Path of the card.
    entry : mapping
        Of config matching.encoders.
    asset : str
        Path of the file it is built from; "" if none.
    threads : int
        Of ONNX Runtime.
    feature_layer : bool
        Whether that layer is to be trained alone.
    """
    write_text(json.dumps(describe(entry, asset, threads, feature_layer), indent=2) + "\n", output)
