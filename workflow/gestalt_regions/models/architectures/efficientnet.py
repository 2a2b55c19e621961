"""EfficientNet-Lite0 (Tan and Le, 2019; the Lite variant has ReLU6 and no squeeze-and-excitation), ImageNet weights."""

from __future__ import annotations

from typing import Any

import timm
from torch import nn

from gestalt_regions.core.errors import InputError
from gestalt_regions.models.architectures.torchvision_resnet import MEAN, SCALE
from gestalt_regions.models.backbones import register_backbone
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.models.weight_files import read_state


def lite0(asset: str) -> Any:
    """The whole ImageNet classifier.

    The file names its layers otherwise than timm does, in the same order.

    Parameters
    ----------
    asset : str
        File of weights; "" leaves them random.

    Returns
    -------
    timm.models.EfficientNet
        tf_efficientnet_lite0.

    Raises
    ------
    InputError
        Where a shape differs.
    """
    net = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    if asset:
        theirs, ours = read_state(asset), net.state_dict()
        if [v.shape for v in theirs.values()] != [v.shape for v in ours.values()]:
            raise InputError(f"{asset}: not the weights of EfficientNet-Lite0")
        net.load_state_dict(dict(zip(ours, theirs.values(), strict=True)))
    return net


@register_backbone(
    "efficientnet_lite0",
    place=7,
    size=224,
    asset="efficientnet_lite0.pth",
    paper="Tan and Le, EfficientNet, ICML 2019",
    licence="Apache-2.0",
    traits=("relu6", "residual", "batchnorm", "embedding", "stages"),
    layers=("stem", "blocks1", "blocks2", "blocks3", "blocks4", "blocks5", "blocks6", "blocks7", "last"),
    options=("part",),
)
def build(classes: int, dropout: float, asset: str, options: dict) -> tuple[StagedNetwork, Preprocess]:
    """EfficientNet-Lite0; stages stem, blocks1..blocks7, last (the 1x1 convolution to 1,280 channels), pool.

    Parameters
    ----------
    classes : int
        Number of logits.
    dropout : float
        Probability in front of the head.
    asset : str
        File of the ImageNet weights.
    options : dict
        None are known.

    Returns
    -------
    tuple of StagedNetwork and Preprocess
        The pixels are scaled as the package of the weights documents (ImageNet's mean and sd). TensorFlow's own
        (x - 127) / 128 gives the right class of six test photographs less probability in five.
    """
    net = lite0(asset)
    stages: dict[str, nn.Module] = {"stem": nn.Sequential(net.conv_stem, net.bn1)}
    stages |= {f"blocks{i}": blocks for i, blocks in enumerate(net.blocks, 1)}
    stages |= {"last": nn.Sequential(net.conv_head, net.bn2), "pool": net.global_pool}
    preprocess = Preprocess(size=224, order="rgb", mean=MEAN, scale=SCALE)
    return StagedNetwork(stages, list(stages)[:-1], net.num_features, classes, dropout), preprocess
