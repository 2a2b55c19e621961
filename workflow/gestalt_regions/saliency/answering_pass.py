"""The forward pass that says which class an image is explained for, kept for the method that goes back through it."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from gestalt_regions.models.network import StagedNetwork
    from gestalt_regions.saliency.explainer import Explainer


@dataclass(frozen=True)
class Answered:
    """What a network answered, with what it takes to go back.

    Attributes
    ----------
    images : Tensor
        Where gradients end [n, c, h, w].
    logits : Tensor
        [n, classes].
    stages : list of tuple
        The output of each stage, and its version then: it is stale once a later stage has written to it.
    """

    images: Tensor
    logits: Tensor
    stages: list[tuple[Tensor, int]]

    def gradient(self, target: Tensor) -> Tensor:
        """d (logits of the targets) / d images. It can be asked for once.

        Parameters
        ----------
        target : Tensor
            Classes [n].

        Returns
        -------
        Tensor
            The shape of the images.
        """
        return torch.autograd.grad(self.logits.gather(1, target[:, None]).sum(), self.images)[0]

    def stage(self, number: int) -> Tensor | None:
        """The output of a stage.

        Parameters
        ----------
        number : int
            Its place among all stages.

        Returns
        -------
        Tensor or None
            Without history; None if it is stale.
        """
        output, version = self.stages[number]
        return output.detach() if output._version == version else None


class Way(Protocol):
    """How a forward pass is run: hashable, and the same for the same method with the same parameters."""

    def __call__(self, explainer: Explainer, x: Tensor) -> Answered:
        """Run images [n, c, h, w] through the network; where float32 is asked for, with the logits of `exact`."""
        ...


def run(network: StagedNetwork, x: Tensor, mode: AbstractContextManager | None = None) -> Answered:
    """Run a network, stage by stage.

    Parameters
    ----------
    network : StagedNetwork
        The network.
    x : Tensor
        Images [n, c, h, w]; those of `Answered` where they require a gradient.
    mode : context manager, optional
        In which it runs.

    Returns
    -------
    Answered
        With history unless gradients are switched off.
    """
    hidden, outputs = x, []
    with mode or nullcontext():
        for number in range(len(network.stages)):
            hidden = network.run(hidden, number, number + 1)
            outputs.append((hidden, hidden._version))
        return Answered(x, network.tail(hidden, len(outputs)), outputs)


@dataclass(frozen=True)
class Plain:
    """The merged network as it is.

    Attributes
    ----------
    gradient : bool
        Whether to go back to the images; else the outputs of stages are all that is kept.
    """

    gradient: bool = True

    def __call__(self, explainer: Explainer, x: Tensor) -> Answered:
        """Run the images through the network."""
        with torch.set_grad_enabled(self.gradient):
            return run(explainer.merged, x.detach().requires_grad_(self.gradient))
