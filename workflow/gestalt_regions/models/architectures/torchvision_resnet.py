"""torchvision ResNets, and the ResNet-50 of VGGFace2 (Cao et al., 2018), which is a Caffe network.

The stages of all are stem, layer1..layer4, pool.
"""

from __future__ import annotations

import logging

from torch import nn
from torchvision import models

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.models.backbones import backbone, register_backbone
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.models.weight_files import load_into

log = logging.getLogger("gestalt_regions")
LAYERS = [f"layer{i}" for i in range(1, 5)]
# ImageNet's, times 255 (RGB), as torchvision's own weights expect
MEAN, SCALE = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
VGGFACE2_MEAN = (91.4953, 103.8827, 131.0912)  # blue, green, red; no scaling


def _weights(net: nn.Module, name: str, options: dict) -> None:
    if options.get("weights"):
        load_into(net, options["weights"])
    else:
        log.warning("%s starts from random weights (config models.*.options.weights is empty)", name)


def _staged(net: models.ResNet, classes: int, dropout: float) -> StagedNetwork:
    stages = {"stem": nn.Sequential(net.conv1, net.bn1, net.relu, net.maxpool)}
    stages |= {name: getattr(net, name) for name in LAYERS} | {"pool": nn.Sequential(net.avgpool, nn.Flatten())}
    return StagedNetwork(stages, ["stem", *LAYERS], net.fc.in_features, classes, dropout)


@register_backbone(
    "torchvision_resnet",
    place=5,
    size=224,
    paper="He et al., Deep residual learning, CVPR 2016",
    licence="code BSD-3-Clause; weights: as stated by whoever provides them",
    traits=("relu", "residual", "batchnorm", "embedding", "stages"),
    layers=("stem", "layer1", "layer2", "layer3", "layer4"),
    options=("architecture", "weights", "part"),
    architectures=(
        "resnet18",
        "resnet34",
        "resnet50",
        "resnet101",
        "resnet152",
        "wide_resnet50_2",
        "wide_resnet101_2",
        "resnext50_32x4d",
        "resnext101_32x8d",
        "resnext101_64x4d",
    ),
)
def build(classes: int, dropout: float, asset: str, options: dict) -> tuple[StagedNetwork, Preprocess]:
    """A torchvision ResNet.

    Parameters
    ----------
    classes : int
        Number of logits.
    dropout : float
        Probability in front of the head.
    asset : str
        Not used.
    options : dict
        `architecture`: of the decorator's architectures; `weights`: path, "" trains from scratch.

    Returns
    -------
    tuple of StagedNetwork and Preprocess
        The input is RGB, 224 pixels, with ImageNet's mean and sd.

    Raises
    ------
    InputError
        For another architecture.
    """
    name = options.get("architecture", "resnet18")
    if name not in (known := backbone("torchvision_resnet").architectures):
        raise InputError(f"no torchvision ResNet '{name}'; {nearest(name, known)}")
    net = getattr(models, name)(weights=None)
    _weights(net, name, options)
    return _staged(net, classes, dropout), Preprocess(size=224, order="rgb", mean=MEAN, scale=SCALE)


@register_backbone(
    "vggface2_resnet50",
    place=6,
    size=224,
    paper="Cao et al., VGGFace2, FG 2018",
    licence="code MIT; the published weights: non-commercial research",
    traits=("relu", "residual", "batchnorm", "embedding", "stages"),
    layers=("stem", "layer1", "layer2", "layer3", "layer4"),
    options=("weights", "part"),
)
def build_vggface2(classes: int, dropout: float, asset: str, options: dict) -> tuple[StagedNetwork, Preprocess]:
    """ResNet-50 as the Caffe model of VGGFace2 (Cao et al., 2018).

    A block halves the map in its first 1x1 convolution, not in its 3x3, and the stem pools without padding, rounding
    up. The shapes are those of torchvision's, the features are not.

    Parameters
    ----------
    classes : int
        Number of logits.
    dropout : float
        Probability in front of the head.
    asset : str
        Not used.
    options : dict
        `weights`: path of the published .pkl, .pth or a .safetensors; "" trains from scratch.

    Returns
    -------
    tuple of StagedNetwork and Preprocess
        The input is BGR, 224 pixels, less the mean of VGGFace2.
    """
    net = models.resnet50(weights=None)
    for layer in (net.layer2, net.layer3, net.layer4):
        layer[0].conv1.stride, layer[0].conv2.stride = (2, 2), (1, 1)
    net.maxpool = nn.MaxPool2d(3, stride=2, padding=0, ceil_mode=True)
    _weights(net, "vggface2_resnet50", options)
    preprocess = Preprocess(size=224, order="bgr", mean=VGGFACE2_MEAN, scale=(1.0, 1.0, 1.0))
    return _staged(net, classes, dropout), preprocess
