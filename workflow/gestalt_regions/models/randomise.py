"""Networks whose weights are drawn again: the untrained network, and cascading randomisation (Adebayo et al., 2018)."""

from __future__ import annotations

import copy
import itertools

import torch
from torch import nn

from gestalt_regions.core.seeds import derive
from gestalt_regions.models.network import StagedNetwork


def _reset(part: nn.Module) -> None:
    """Start every layer of the part anew."""
    for name, module in part.named_modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
        elif weights := [*module._parameters, *module._buffers]:
            raise TypeError(f"{name} ({type(module).__name__}) holds {', '.join(weights)} and cannot be drawn again")


def randomise(network: StagedNetwork, from_top: int | None, seed: int) -> StagedNetwork:
    """A copy whose last layers start again as their own `reset_parameters` does.

    BatchNorms forget their statistics too. Each part has its own stream of the seed, so that cascades of different
    depth share what they have both drawn. The global random state stays as it was. Source: Adebayo et al., 2018.

    Parameters
    ----------
    network : StagedNetwork
        Stays as it is.
    from_top : int or None
        How many stages below the head are drawn again; None: all.
    seed : int
        Of the draws.

    Returns
    -------
    StagedNetwork
        On the CPU.

    Raises
    ------
    ValueError
        If the network has fewer stages.
    TypeError
        For a layer that has weights but cannot reset them.
    """
    network = copy.deepcopy(network).cpu()
    stages = list(network.stages.values())
    depth = len(stages) if from_top is None else from_top
    if not 0 <= depth <= len(stages):
        raise ValueError(f"from_top is {depth}; the network has {len(stages)} stages")
    with torch.random.fork_rng(devices=[]):
        for place, part in enumerate(itertools.chain([network.head], stages[::-1][:depth])):
            torch.manual_seed(derive(seed, "part", place))
            _reset(part)
    return network
