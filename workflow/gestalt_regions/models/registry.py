"""The registry of backbones: one decorated function each. No torch is imported here, so the DAG can read it quickly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gestalt_regions.errors import InputError, nearest


@dataclass(frozen=True)
class Backbone:
    """What the workflow must know of a backbone before it is built."""

    name: str
    size: int  # side of the crops it takes, pixels
    asset: str  # the entry of resources/assets.yaml it is built from; "" if none
    paper: str
    licence: str
    module: str  # where its builder lives; imported only when it is built
    weights: str = ""  # the file of this repository it is built from; "" if none


BACKBONES = {
    b.name: b
    for b in (
        Backbone(
            name="arcface_mbf",
            size=112,
            asset="arcface_mbf.onnx",
            paper="Deng et al., ArcFace, CVPR 2019; Chen et al., MobileFaceNets, 2018",
            licence="non-commercial research",
            module="gestalt_regions.models.arcface",
        ),
        Backbone(
            name="timm_resnet",
            size=224,
            asset="",
            paper="He et al., Deep residual learning, CVPR 2016",
            licence="code Apache-2.0; weights: as stated by whoever provides them",
            module="gestalt_regions.models.timm_resnet",
        ),
    )
}


def backbone(name: str) -> Backbone:
    if name not in BACKBONES:
        raise InputError(f"no backbone '{name}'; {nearest(name, BACKBONES)}")
    return BACKBONES[name]


def builder(name: str) -> Callable:
    """`build(classes, dropout, asset, options) -> (StagedNetwork, Preprocess)` of the backbone `name`."""
    from importlib import import_module

    return import_module(backbone(name).module).build
