"""The registry of backbones: one entry each. No torch is imported here, so the DAG can read it quickly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gestalt_regions.core.errors import InputError, nearest

TRAITS = {
    "relu": "ReLU units",
    "prelu": "PReLU units",
    "relu6": "ReLU6 units",
    "batchnorm": "BatchNorm layers that are not merged into a convolution",
    "residual": "residual sums",
    "embedding": "one vector before the classifier, in which two faces can be compared",
    "feature_layer": "a linear layer that makes the embedding and can be trained alone",
    "stages": "stages whose output is a feature map, for methods that need a layer",
}


@dataclass(frozen=True)
class Backbone:
    """What the workflow must know of a backbone before it is built."""

    name: str
    size: int  # side of the crops it takes, pixels
    asset: str  # the entry of resources/assets.yaml it is built from; "" if none
    paper: str
    licence: str
    module: str  # where its builder lives; imported only when it is built
    traits: tuple[str, ...]  # of TRAITS: what a saliency method may ask of it
    build: str = "build"  # the builder's name in that module
    from_file: bool = False  # its structure comes from the user's own file (options.weights), which must be given
    weights: str = ""  # the file of this repository it is built from; "" if none
    caution: str = ""  # what a study of photographs must be told of it


VECTOR = ("embedding", "stages")
ENCODER = (*VECTOR, "feature_layer")
STATED = "code Apache-2.0; weights: as stated by whoever provides them"
BACKBONES = {
    b.name: b
    for b in (
        Backbone(
            name="arcface_mbf",
            size=112,
            asset="arcface_mbf.onnx",
            paper="Deng et al., ArcFace, CVPR 2019; Chen et al., MobileFaceNets, 2018",
            licence="non-commercial research",
            module="gestalt_regions.models.architectures.arcface",
            traits=("prelu", "residual", "batchnorm", *ENCODER),
        ),
        Backbone(
            name="arcface_onnx",
            size=112,
            asset="",
            paper="Deng et al., ArcFace, CVPR 2019 (iResNet-50, iResNet-100: Duta et al., 2020)",
            licence="as stated by whoever provides the file",
            module="gestalt_regions.models.architectures.arcface",
            traits=("prelu", "residual", "batchnorm", *ENCODER),
            from_file=True,
        ),
        Backbone(
            name="sface",
            size=112,
            asset="sface.onnx",
            paper="Zhong et al., SFace, IEEE TIP 2021",
            licence="Apache-2.0",
            module="gestalt_regions.models.architectures.arcface",
            traits=("prelu", "batchnorm", *ENCODER),
        ),
        Backbone(
            name="timm_resnet",
            size=224,
            asset="",
            paper="He et al., Deep residual learning, CVPR 2016",
            licence=STATED,
            module="gestalt_regions.models.architectures.timm_resnet",
            traits=("relu", "residual", "batchnorm", *VECTOR),
        ),
        Backbone(
            name="torchvision_resnet",
            size=224,
            asset="",
            paper="He et al., Deep residual learning, CVPR 2016",
            licence="code BSD-3-Clause; weights: as stated by whoever provides them",
            module="gestalt_regions.models.architectures.torchvision_resnet",
            traits=("relu", "residual", "batchnorm", *VECTOR),
        ),
        Backbone(
            name="vggface2_resnet50",
            size=224,
            asset="",
            paper="Cao et al., VGGFace2, FG 2018",
            licence="code MIT; the published weights: non-commercial research",
            module="gestalt_regions.models.architectures.torchvision_resnet",
            traits=("relu", "residual", "batchnorm", *VECTOR),
            build="build_vggface2",
        ),
        Backbone(
            name="efficientnet_lite0",
            size=224,
            asset="efficientnet_lite0.pth",
            paper="Tan and Le, EfficientNet, ICML 2019",
            licence="Apache-2.0",
            module="gestalt_regions.models.architectures.efficientnet",
            traits=("relu6", "residual", "batchnorm", *VECTOR),
        ),
        Backbone(
            name="resnet18_morph",
            size=112,
            asset="",
            paper="He et al., Deep residual learning, CVPR 2016; pretrained here, on simulated faces",
            licence="code Apache-2.0 (timm); weights from simulated faces alone (MakeHuman, CC0)",
            module="gestalt_regions.models.architectures.resnet_morph",
            traits=("relu", "residual", "batchnorm", *VECTOR),
            weights="resources/resnet18_morph.safetensors",
            caution="has learned from simulated faces alone, not from photographs; arcface_mbf knows real faces",
        ),
        Backbone(
            name="deepgestalt",
            size=100,
            asset="",
            paper="Gurovich et al., Nature Medicine 2019; Yi et al., 2014",
            licence="code MIT; no published weights",
            module="gestalt_regions.models.architectures.deepgestalt",
            traits=("relu", "batchnorm", *VECTOR),
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

    found = backbone(name)
    return getattr(import_module(found.module), found.build)
