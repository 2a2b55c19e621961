"""The published way: one image at a time, zennit or captum called for each (Sümer et al., 2023, section 4.4).

One entry for each method of the registry that a library has; `settings` are the parameters with which this package's
method means the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import captum.attr
import torch
import zennit.attribution
import zennit.composites
from captum.attr import LayerAttribution
from torch import Tensor, nn
from zennit.torchvision import ResNetCanonizer

from gestalt_regions.models.network import StagedNetwork


@dataclass(frozen=True)
class Published:
    """`run(network, x, target)` -> attribution [1, c, h, w] of one image [1, 3, s, s]."""

    run: Callable[[StagedNetwork, Tensor, int], Tensor]
    settings: Mapping[str, object] = field(default_factory=dict)


def _layer(network: StagedNetwork) -> nn.Module:
    return network.stages[network.spatial[-1]]


def _zennit(attributor: Callable, network: StagedNetwork, x: Tensor, target: int, **options: object) -> Tensor:
    output = torch.eye(network.head.out_features, device=x.device)[[target]]
    with attributor(network, **options) as attribute:
        return attribute(x.clone().requires_grad_(True), output)[1]


def _noisy(network: StagedNetwork, x: Tensor, target: int) -> Tensor:
    return _zennit(zennit.attribution.SmoothGrad, network, x, target, noise_level=0.1, n_iter=20)


def _integrated(network: StagedNetwork, x: Tensor, target: int) -> Tensor:
    return _zennit(zennit.attribution.IntegratedGradients, network, x, target, n_iter=20)


def _composite(name: str, merges: bool) -> Callable[[StagedNetwork, Tensor, int], Tensor]:
    """The canonizer knows torchvision's own blocks alone: on any other network it merges BatchNorms and no more."""

    def _explain(network: StagedNetwork, x: Tensor, target: int) -> Tensor:
        options = {"canonizers": [ResNetCanonizer()]} if merges else {}
        composite = getattr(zennit.composites, name)(**options)
        return _zennit(zennit.attribution.Gradient, network, x, target, composite=composite)

    return _explain


def _deeplift(network: StagedNetwork, x: Tensor, target: int) -> Tensor:
    return captum.attr.DeepLift(network).attribute(x.clone().requires_grad_(True), target=target)


def _guided_gradcam(network: StagedNetwork, x: Tensor, target: int) -> Tensor:
    return captum.attr.GuidedGradCam(network, _layer(network)).attribute(x.clone().requires_grad_(True), target=target)


def _of_layer(kind: Callable, network: StagedNetwork, x: Tensor, target: int) -> Tensor:
    attribution = kind(network, _layer(network)).attribute(x.clone(), target=target)
    return LayerAttribution.interpolate(attribution, tuple(x.shape[2:]), "bicubic")


def _occlusion(network: StagedNetwork, x: Tensor, target: int) -> Tensor:
    window, stride = (x.shape[1], 15, 15), (x.shape[1], 8, 8)
    with torch.no_grad():
        return captum.attr.Occlusion(network).attribute(x, window, stride, target=target, baselines=0)


MERGED = {"variant": "as_published"}
BASELINES = {
    "Gradient": Published(partial(_zennit, zennit.attribution.Gradient)),
    "SmoothGrad": Published(_noisy),
    "IntegratedGradients": Published(_integrated),
    "GuidedBackprop": Published(_composite("GuidedBackprop", False)),
    "ExcitationBackprop": Published(_composite("ExcitationBackprop", False), MERGED),
    "DeconvNet": Published(_composite("DeconvNet", False)),
    "LRP-EpsilonPlus": Published(_composite("EpsilonPlus", True), MERGED),
    "LRP-EpsilonPlusFlat": Published(_composite("EpsilonPlusFlat", True), MERGED),
    "LRP-EpsilonAlpha2Beta1": Published(_composite("EpsilonAlpha2Beta1", True), MERGED),
    "LRP-EpsilonAlpha2Beta1Flat": Published(_composite("EpsilonAlpha2Beta1Flat", True), MERGED),
    "DeepLIFT": Published(_deeplift, {"pooling": "gradient"}),
    "GuidedGradCam": Published(_guided_gradcam),
    "LayerDeepLIFT": Published(partial(_of_layer, captum.attr.LayerDeepLift), {"pooling": "gradient"}),
    "GradCam": Published(partial(_of_layer, captum.attr.LayerGradCam)),
    "Occlusion": Published(_occlusion),
}
