"""The same images explained by the engine, and one by one as published; neither needs the libraries to be here."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from gestalt_regions.models.backbones import builder
from gestalt_regions.models.network import StagedNetwork
from gestalt_regions.saliency.engine import channel_sums
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.explanation import attribution_of
from gestalt_regions.saliency.method_registry import Method

if TYPE_CHECKING:
    from gestalt_regions.tools.bench.baseline import Published

SEED = 11


def as_published(network: StagedNetwork) -> StagedNetwork:
    """Copy a network as the libraries get it.

    Parameters
    ----------
    network : StagedNetwork
        The engine's network.

    Returns
    -------
    StagedNetwork
        Weights that could be trained, no activation in place (captum needs that).
    """
    network = copy.deepcopy(network).to(memory_format=torch.contiguous_format).requires_grad_(True)
    for module in network.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False
    return network.eval()


def networks(
    architecture: str, size: int, device: torch.device, images: int = 16
) -> tuple[StagedNetwork, StagedNetwork, torch.Tensor]:
    """Make both networks and seeded images.

    Parameters
    ----------
    architecture : str
        A timm ResNet.
    size : int
        Side of the images, pixels.
    device : torch.device
        Where they lie.
    images : int
        How many.

    Returns
    -------
    tuple
        The engine's network, the libraries' copy of it, and images [images, 3, size, size].
    """
    torch.manual_seed(SEED)
    ours, _ = builder("timm_resnet")(12, 0.0, "", {"architecture": architecture})
    ours = ours.eval().requires_grad_(False).to(device).to(memory_format=torch.channels_last)
    return ours, as_published(ours), torch.randn(images, 3, size, size).to(device)


def published_maps(entry: Published, network: StagedNetwork, images: torch.Tensor) -> np.ndarray:
    """Explain one image after the other.

    Parameters
    ----------
    entry : Published
        Of BASELINES.
    network : StagedNetwork
        The libraries' copy.
    images : Tensor
        [n, 3, size, size].

    Returns
    -------
    ndarray
        Absolute maps [n, size, size].
    """
    maps = []
    for image in images:
        x = image[None]
        with torch.no_grad():
            target = int(network(x).argmax())
        torch.manual_seed(SEED)
        maps.append(entry.run(network, x, target).detach().abs().sum(1).cpu().numpy())
    return np.concatenate(maps)


def engine_maps(method: Method, settings: Mapping, explainer: Explainer, images: torch.Tensor) -> np.ndarray:
    """Explain all images at once, as the workflow does.

    Parameters
    ----------
    method : Method
        Of the registry.
    settings : mapping
        Its parameters, where they are not its own defaults.
    explainer : Explainer
        Of the engine's network.
    images : Tensor
        [n, 3, size, size].

    Returns
    -------
    ndarray
        Absolute maps [n, size, size].
    """
    x = images.contiguous(memory_format=torch.channels_last)
    parameters = {**method.parameters, **settings}
    target = method.answers(explainer, x, parameters).argmax(1)
    result = method(explainer, x, target, [SEED] * len(x), None, parameters)
    return channel_sums(attribution_of(result).detach(), x.shape[-1], explainer.seen)[:, 1]
