"""A network: two convolutions from random weights, for crops of 112 pixels."""

from __future__ import annotations

from gestalt_regions.models.backbones import register_backbone
from gestalt_regions.models.network import Preprocess, StagedNetwork
from torch import nn


@register_backbone(
    "tiny_net",
    size=112,
    paper="example of docs/contribute",
    licence="MIT",
    traits=("relu", "embedding", "stages"),
    layers=("first", "second"),
)
def build(classes: int, dropout: float, asset: str, options: dict) -> tuple[StagedNetwork, Preprocess]:
    """Stages first, second (feature maps) and pool (the embedding of 16 numbers)."""
    stages = {
        "first": nn.Sequential(nn.Conv2d(3, 8, 3, stride=4, padding=1), nn.ReLU()),
        "second": nn.Sequential(nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.ReLU()),
        "pool": nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    }
    network = StagedNetwork(stages, ["first", "second"], features=16, classes=classes, dropout=dropout)
    return network, Preprocess(size=112, order="rgb", mean=(127.5,) * 3, scale=(127.5,) * 3)
