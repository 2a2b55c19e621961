"""timm ResNets, from a file of weights or from scratch; the stages are stem, layer1..layer4, pool."""

from __future__ import annotations

import logging
from typing import Any

import timm
from torch import nn

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.models.backbones import register_backbone
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.models.weight_files import load_into

log = logging.getLogger("gestalt_regions")
# Every saliency rule is defined for these; a gate (squeeze and excitation, SiLU) multiplies two signals and is not.
PLAIN = {"Conv2d", "BatchNorm2d", "ReLU", "MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "BlurPool2d"}
PLAIN |= {"Identity", "Flatten", "Linear"}
SPATIAL = ("stem", "layer1", "layer2", "layer3", "layer4")


def stages(net: Any) -> dict[str, nn.Module]:
    """A timm ResNet without its classifier.

    Parameters
    ----------
    net : timm.models.ResNet
        The whole network.

    Returns
    -------
    dict of str to nn.Module
        SPATIAL and pool.
    """
    first = nn.Sequential(net.conv1, net.bn1, net.act1, net.maxpool)
    return {"stem": first} | {name: getattr(net, name) for name in SPATIAL[1:]} | {"pool": net.global_pool}


def _check_plain(net: nn.Module, architecture: str) -> None:
    """InputError unless the network is a timm ResNet of plain parts."""
    parts = {type(module).__name__ for module in net.modules() if not list(module.children())}
    if not isinstance(net, timm.models.ResNet):
        raise InputError(f"architecture '{architecture}' is a {type(net).__name__} of timm, no plain ResNet")
    if unknown := sorted(parts - PLAIN):
        raise InputError(
            f"architecture '{architecture}' has {', '.join(unknown)}: the saliency rules know plain ReLU ResNets"
        )


@register_backbone(
    "timm_resnet",
    place=4,
    size=224,
    paper="He et al., Deep residual learning, CVPR 2016",
    licence="code Apache-2.0; weights: as stated by whoever provides them",
    traits=("relu", "residual", "batchnorm", "embedding", "stages"),
    layers=("stem", "layer1", "layer2", "layer3", "layer4"),
    options=("architecture", "weights", "part"),
    architectures=(
        "resnet10t",
        "resnet14t",
        "resnet18",
        "resnet18d",
        "resnet26",
        "resnet26d",
        "resnet26t",
        "resnet34",
        "resnet34d",
        "resnet50",
        "resnet50c",
        "resnet50d",
        "resnet50s",
        "resnet50t",
        "resnet101",
        "resnet101c",
        "resnet101d",
        "resnet101s",
        "resnet152",
        "resnet152c",
        "resnet152d",
        "resnet152s",
        "resnet200",
        "resnet200d",
        "resnetaa34d",
        "resnetaa50",
        "resnetaa50d",
        "resnetaa101d",
        "resnetblur18",
        "resnetblur50",
        "resnetblur50d",
        "resnetblur101d",
        "test_resnet",
        "wide_resnet50_2",
        "wide_resnet101_2",
    ),
)
def build(classes: int, dropout: float, asset: str, options: dict) -> tuple[StagedNetwork, Preprocess]:
    """A timm ResNet of plain parts.

    Parameters
    ----------
    classes : int
        Number of logits.
    dropout : float
        Probability in front of the head.
    asset : str
        Not used.
    options : dict
        `architecture`: a timm ResNet; `weights`: path, "" trains from scratch; `size`: crop side, pixels.

    Returns
    -------
    tuple of StagedNetwork and Preprocess
        The input is RGB, with the mean and sd that timm states for the architecture.

    Raises
    ------
    InputError
        For an architecture that timm does not have or that has parts which the saliency rules do not know.
    """
    architecture, size = options.get("architecture", "resnet18"), int(options.get("size", 224))
    if architecture not in timm.list_models("*resnet*"):
        raise InputError(f"no timm ResNet '{architecture}'; {nearest(architecture, timm.list_models('*resnet*'))}")
    net: Any = timm.create_model(architecture, pretrained=False)  # its parts are not in timm's types
    _check_plain(net, architecture)
    if options.get("weights"):
        load_into(net, options["weights"])
    else:
        log.warning("%s starts from random weights (config models.*.options.weights is empty)", architecture)
    mean, std = ([255 * v for v in net.default_cfg[k]] for k in ("mean", "std"))
    preprocess = Preprocess(size=size, order="rgb", mean=tuple(mean), scale=tuple(std))
    return StagedNetwork(stages(net), SPATIAL, net.num_features, classes, dropout), preprocess
