"""timm ResNets, from a file of weights or from scratch; the stages are stem, layer1..layer4, pool."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from pickle import UnpicklingError

import timm
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from gestalt_regions.errors import InputError, nearest
from gestalt_regions.models.network import Preprocess, StagedNetwork

log = logging.getLogger("gestalt_regions")
SPATIAL = ("stem", "layer1", "layer2", "layer3", "layer4")


def _load(net: nn.Module, path: str) -> None:
    """Load weights without unpickling code; the file's own classifier is left out."""
    if not Path(path).is_file():
        raise InputError(f"config models.*.options.weights: no such file: {path}")
    try:
        read = (
            load_file if path.endswith(".safetensors") else partial(torch.load, map_location="cpu", weights_only=True)
        )
        state = read(path)
    except (SafetensorError, UnpicklingError, RuntimeError, EOFError) as error:
        raise InputError(f"{path}: the weights could not be read safely ({error})") from None
    state = {k: v for k, v in state.get("state_dict", state).items() if not k.startswith("fc.")}
    missing, unexpected = net.load_state_dict(state, strict=False)
    missing = [k for k in missing if not k.startswith("fc.")]
    if missing or unexpected:
        raise InputError(f"{path}: not the weights of this network; missing {missing[:3]}, unexpected {unexpected[:3]}")


def stages(net: nn.Module) -> dict[str, nn.Module]:
    """A timm ResNet without its classifier: SPATIAL and pool."""
    first = nn.Sequential(net.conv1, net.bn1, net.act1, net.maxpool)
    return {"stem": first} | {name: getattr(net, name) for name in SPATIAL[1:]} | {"pool": net.global_pool}


def build(classes: int, dropout: float, asset: str, options: dict) -> tuple[StagedNetwork, Preprocess]:
    """Options: architecture (a timm ResNet), weights (path; "" trains from scratch), size (crop side, pixels)."""
    architecture, size = options.get("architecture", "resnet18"), int(options.get("size", 224))
    if architecture not in timm.list_models("*resnet*"):
        raise InputError(f"no timm ResNet '{architecture}'; {nearest(architecture, timm.list_models('*resnet*'))}")
    net = timm.create_model(architecture, pretrained=False)
    if options.get("weights"):
        _load(net, options["weights"])
    else:
        log.warning("%s starts from random weights (config models.*.options.weights is empty)", architecture)
    mean, std = ([255 * v for v in net.default_cfg[k]] for k in ("mean", "std"))
    preprocess = Preprocess(size=size, order="rgb", mean=tuple(mean), scale=tuple(std))
    return StagedNetwork(stages(net), SPATIAL, net.num_features, classes, dropout), preprocess
