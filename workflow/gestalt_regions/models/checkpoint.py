"""Checkpoints: safetensors weights, with everything needed to rebuild the network as JSON metadata."""

from __future__ import annotations

import json

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import atomic
from gestalt_regions.models.backbones import builder
from gestalt_regions.models.network import Preprocess, StagedNetwork


def save(path: str, network: StagedNetwork, preprocess: Preprocess, about: dict) -> None:
    """`about` must hold backbone, options, classes and dropout; more (recipe, fold, epoch) is kept as given."""
    metadata = {"gestalt_regions": json.dumps({**about, "preprocess": preprocess.as_dict()}, sort_keys=True)}
    state = {k: v.detach().cpu().contiguous() for k, v in network.state_dict().items()}
    with atomic(path) as temporary:
        save_file(state, temporary, metadata=metadata)


def load(path: str, asset: str) -> tuple[StagedNetwork, Preprocess, dict]:
    """The network in evaluation mode without weight gradients, its preprocessing, and what `save` was told."""
    try:
        with safe_open(path, framework="pt") as stream:
            about = json.loads((stream.metadata() or {})["gestalt_regions"])
            state = {key: stream.get_tensor(key) for key in stream.keys()}
    except (SafetensorError, KeyError, OSError) as error:
        raise InputError(f"{path}: not a checkpoint of this workflow ({error})") from None
    network, _ = builder(about["backbone"])(
        len(about["classes"]), about["dropout"], asset, {**about["options"], "weights": ""}
    )
    network.load_state_dict(state)
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    values = about["preprocess"]
    preprocess = Preprocess(values["size"], values["order"], tuple(values["mean"]), tuple(values["scale"]))
    return network.eval(), preprocess, about
