"""The ten-layer network of DeepGestalt (Gurovich et al., 2019), after Yi et al., Learning face representation, 2014."""

from __future__ import annotations

import logging
from collections import OrderedDict

import torch
from torch import nn

from gestalt_regions.faces.face_parts import SIDE, box_of
from gestalt_regions.models.backbones import register_backbone
from gestalt_regions.models.face_crop import FaceCrop
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.models.weight_files import load_into

log = logging.getLogger("gestalt_regions")
CROP = 100  # pixels
CHANNELS = [(32, 64), (64, 128), (96, 192), (128, 256), (160, 320)]  # of the two 3x3 convolutions of each stage


def _stage(before: int, widths: tuple[int, int], last: bool) -> nn.Sequential:
    """Two convolutions, each with BatchNorm and ReLU (not the network's last), and max pooling (not in the last).

    The pooling rounds up as Caffe's: 100, 50, 25, 13, 7 pixels (Yi et al., Table 1).
    """
    layers: list[nn.Module] = []
    for i, width in enumerate(widths):
        plain = last and i == 1
        convolution = nn.Conv2d(before, width, 3, padding=1, bias=plain)
        layers.append(convolution)
        nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
        if convolution.bias is not None:
            nn.init.zeros_(convolution.bias)
        else:
            layers += [nn.BatchNorm2d(width), nn.ReLU()]
        before = width
    return nn.Sequential(*layers, *([] if last else [nn.MaxPool2d(2, ceil_mode=True)]))


@register_backbone(
    "deepgestalt",
    place=9,
    size=224,
    paper="Gurovich et al., Nature Medicine 2019; Yi et al., 2014",
    licence="code MIT; no published weights",
    traits=("relu", "batchnorm", "embedding", "stages"),
    weights="resources/face_parts.csv",
    layers=("conv1", "conv2", "conv3", "conv4", "conv5"),
    options=("weights", "part"),
    grey=True,
)
def build(classes: int, dropout: float, asset: str, options: dict) -> tuple[StagedNetwork, Preprocess]:
    """The network of DeepGestalt for one part of the face, from 100 x 100 grey pixels to 320 numbers.

    Its stages are conv1 to conv5 and pool. The first layer of conv1 cuts the part out of the face (FaceCrop).

    Parameters
    ----------
    classes : int
        Number of logits.
    dropout : float
        Probability in front of the head.
    asset : str
        resources/face_parts.csv, the boxes of the parts; "" will do for the full face.
    options : dict
        `weights`: path; "" is He initialisation. `part`: of faces.face_parts.PARTS; none is the full face.

    Returns
    -------
    tuple of StagedNetwork and Preprocess
        The input is grey, (pixel - 127.5) / 127.5.
    """
    left, top, right, bottom = box_of(options.get("part", "full_face"), asset)
    seen = (left / SIDE, top / SIDE, right / SIDE, bottom / SIDE)
    widths = [1] + [pair[1] for pair in CHANNELS]
    stages = {f"conv{i + 1}": _stage(widths[i], pair, i == 4) for i, pair in enumerate(CHANNELS)}
    named = OrderedDict(stages["conv1"].named_children())  # layers keep their names, so weights fit every part
    stages["conv1"] = nn.Sequential(OrderedDict(part=FaceCrop(seen, CROP)) | named)
    stages["pool"] = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    network = StagedNetwork(stages, list(stages)[:-1], 320, classes, dropout, seen)
    if options.get("weights"):
        load_into(network, options["weights"], classifier="head.")
    else:
        log.warning("deepgestalt starts from random weights (config models.*.options.weights is empty)")
    network.to(memory_format=torch.channels_last)  # a quarter less time, the same values
    return network, Preprocess(size=SIDE, order="grey", mean=(127.5,), scale=(127.5,))
