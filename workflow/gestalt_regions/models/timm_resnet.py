"""timm ResNets, from a file of weights or from scratch; the stages are stem, layer1..layer4, pool."""

from __future__ import annotations

import logging

import timm
from torch import nn

from gestalt_regions.errors import InputError, nearest
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.models.weights import load_into

log = logging.getLogger("gestalt_regions")
LAYERS = [f"layer{i}" for i in range(1, 5)]


def build(classes: int, dropout: float, asset: str, options: dict) -> tuple[StagedNetwork, Preprocess]:
    """Options: architecture (a timm ResNet), weights (path; "" trains from scratch), size (crop side, pixels)."""
    architecture, size = options.get("architecture", "resnet18"), int(options.get("size", 224))
    if architecture not in timm.list_models("*resnet*"):
        raise InputError(f"no timm ResNet '{architecture}'; {nearest(architecture, timm.list_models('*resnet*'))}")
    net = timm.create_model(architecture, pretrained=False)
    if options.get("weights"):
        load_into(net, options["weights"])
    else:
        log.warning("%s starts from random weights (config models.*.options.weights is empty)", architecture)
    stages = {"stem": nn.Sequential(net.conv1, net.bn1, net.act1, net.maxpool)}
    stages |= {name: getattr(net, name) for name in LAYERS} | {"pool": net.global_pool}
    mean, std = ([255 * v for v in net.default_cfg[k]] for k in ("mean", "std"))
    preprocess = Preprocess(size=size, order="rgb", mean=tuple(mean), scale=tuple(std))
    return StagedNetwork(stages, ["stem", *LAYERS], net.num_features, classes, dropout), preprocess
