"""resnet18_morph: a narrow ReLU ResNet-18 for 112 px, pretrained on simulated faces (workflow/rules/morph.smk)."""

from __future__ import annotations

import json
from collections.abc import Mapping

import timm
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from gestalt_regions.errors import InputError
from gestalt_regions.io import atomic
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.models.timm_resnet import SPATIAL, stages

PREPROCESS = Preprocess(size=112, order="rgb", mean=(127.5,) * 3, scale=(64.0,) * 3)


def network(architecture: Mapping, outputs: int, dropout: float = 0.0) -> StagedNetwork:
    """Untrained. architecture: widths of the four layers and of the stem's first convolutions."""
    channels, stem = tuple(architecture["channels"]), architecture["stem"]
    net = timm.create_model("resnet18", channels=channels, stem_width=stem, stem_type="deep")
    return StagedNetwork(stages(net), SPATIAL, net.num_features, outputs, dropout)


def save(path: str, net: StagedNetwork, about: Mapping) -> None:
    """The stages without the head; convolutions as float16, which halves the file. about: architecture, and more."""
    state = {name: value.detach().contiguous() for name, value in net.stages.state_dict().items()}
    state = {name: value.half() if value.ndim == 4 else value for name, value in state.items()}
    with atomic(path) as temporary:
        save_file(state, temporary, metadata={"resnet18_morph": json.dumps(about, sort_keys=True)})


def read(path: str) -> tuple[dict[str, torch.Tensor], dict]:
    """The weights and what `save` was told. Raises InputError for another kind of file."""
    try:
        with safe_open(path, framework="pt") as stream:
            about = json.loads((stream.metadata() or {})["resnet18_morph"])
            return {key: stream.get_tensor(key) for key in stream.keys()}, about
    except (SafetensorError, KeyError, OSError) as error:
        raise InputError(f"{path}: not the weights of resnet18_morph ({error})") from None


def build(classes: int, dropout: float, asset: str, options: dict) -> tuple[StagedNetwork, Preprocess]:
    """The pretrained stages with a new linear head. No options."""
    state, about = read(asset)
    net = network(about["architecture"], classes, dropout)
    net.stages.load_state_dict({name: value.float() if value.ndim == 4 else value for name, value in state.items()})
    return net, PREPROCESS
