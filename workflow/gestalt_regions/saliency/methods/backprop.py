"""Methods that change what the backward pass does at a ReLU, or collect it at every layer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gestalt_regions.core.errors import InputError
from gestalt_regions.saliency.method_registry import method
from gestalt_regions.saliency.ways import by_rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from gestalt_regions.saliency.explainer import Explainer


@method(
    "GuidedBackprop",
    family="backprop",
    attribution="local",
    paper="Springenberg et al., 2014",
    needs=("rectifier",),
    passes=partial(by_rule, "guided"),
)
def guided_backprop(explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int]) -> Tensor:
    """d logit / d input where every ReLU lets positive gradients of active units pass alone (PReLU too).

    Parameters
    ----------
    explainer : Explainer
        The network.
    x : Tensor
        Images [n, c, h, w].
    target : Tensor
        Classes [n].
    seeds : Sequence of int
        One for each image.

    Returns
    -------
    Tensor
        The shape of x.

    Raises
    ------
    InputError
        For a network without ReLU-like activations.
    """
    from gestalt_regions.saliency.propagation.changed_backward import RectifiedPass

    return explainer.passed(RectifiedPass("guided"), x).gradient(target)


@method(
    "DeconvNet",
    family="backprop",
    attribution="local",
    paper="Zeiler and Fergus, 2014",
    needs=("rectifier",),
    passes=partial(by_rule, "deconvnet"),
)
def deconvnet(explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int]) -> Tensor:
    """d logit / d input where every ReLU lets positive gradients pass, active or not (PReLU too).

    Parameters
    ----------
    explainer : Explainer
        The network.
    x : Tensor
        Images [n, c, h, w].
    target : Tensor
        Classes [n].
    seeds : Sequence of int
        One for each image.

    Returns
    -------
    Tensor
        The shape of x.

    Raises
    ------
    InputError
        For a network without ReLU-like activations.
    """
    from gestalt_regions.saliency.propagation.changed_backward import RectifiedPass

    return explainer.passed(RectifiedPass("deconvnet"), x).gradient(target)


def _spread(values: Tensor, size: Sequence[int]) -> Tensor:
    """[n, h, w] -> [n, *size]: bilinear, each cell weighted so that the sum of a map stays what it was."""
    import torch
    from torch.nn import functional

    for side, length in enumerate(values.shape[1:], start=1):
        unit = torch.eye(length, dtype=values.dtype, device=values.device)[None]
        weights = functional.interpolate(unit, size[side - 1], mode="linear", align_corners=False)[0]
        values = torch.tensordot(values, weights / weights.sum(1, keepdim=True), ([1], [0]))  # puts the new side last
    return values


@method(
    "FullGrad",
    family="backprop",
    attribution="global",
    paper="Srinivas and Fleuret, 2019",
    needs=("layer",),
    precision="float32",  # it checks that a map sums to the logit, which no map in bfloat16 does so exactly
)
def fullgrad(explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int]) -> Tensor:
    """Input x gradient plus bias x gradient of every layer, raw (no absolute value nor scaling).

    A layer's map is spread over the image bilinearly; biases without a place (linear layers) are spread evenly. So the
    sum of a map is the logit.

    Parameters
    ----------
    explainer : Explainer
        The network.
    x : Tensor
        Images [n, c, h, w].
    target : Tensor
        Classes [n].
    seeds : Sequence of int
        One for each image.

    Returns
    -------
    Tensor
        [n, 1, h, w].

    Raises
    ------
    InputError
        Where the sum is not the logit: the network has constants that this method does not know.
    """
    import torch

    from gestalt_regions.saliency.placed_maps import placed
    from gestalt_regions.saliency.propagation.changed_backward import BiasGradients

    x = x.detach().requires_grad_(True)
    with BiasGradients() as biases:
        score = explainer.score(x, target)
        gradient = torch.autograd.grad(score.sum(), x)[0]
    total = (x * gradient).detach().sum(1)
    scale = total.abs().sum((1, 2))
    for term in biases.terms:
        total += placed(partial(_spread, term), x.shape[2:], explainer.seen)
        scale += term.abs().sum((1, 2))
    lacking = (total.sum((1, 2)) - score.detach()).abs()
    if (lacking > 1e-4 * scale).any():
        raise InputError(
            f"FullGrad is not complete for this network: up to {lacking.max():.3g} of a logit comes from constants or "
            "activations other than Conv2d, Linear, BatchNorm, ReLU, PReLU and ReLU6 (take it out of saliency.methods)"
        )
    return total[:, None]
