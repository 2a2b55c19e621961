"""DeepLIFT's rescale rule (Shrikumar et al., 2017), as a context in which PyTorch functions are replaced.

The batch holds images and, as its last row, the reference. Nothing in the network is touched, and leaving the context
undoes everything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from gestalt_regions.core.errors import InputError
from gestalt_regions.saliency.propagation.changed_backward import RECTIFIERS

if TYPE_CHECKING:
    from gestalt_regions.saliency.explainer import Explainer


SMALL = 1e-10  # a change of the input below this uses the gradient, as captum does
IN_PLACE = (torch.sigmoid_, torch.tanh_)
SMOOTH: tuple[Callable, ...] = (
    torch.sigmoid,
    torch.Tensor.sigmoid,
    torch.tanh,
    torch.Tensor.tanh,
    functional.silu,
    functional.gelu,
)
SMOOTH += (
    functional.gelu,
    functional.elu,
    functional.softplus,
    functional.hardswish,
    functional.hardsigmoid,
    functional.hardtanh,
)
POOLS = (functional.max_pool2d, torch.max_pool2d)
JOINT = (functional.log_softmax, torch.logsumexp)  # of an aggregate of experts
NODES = np.polynomial.legendre.leggauss(32)  # places and weights on the line from -1 to 1
PRODUCTS = (torch.mul, torch.Tensor.mul, torch.Tensor.mul_, torch.matmul, torch.Tensor.matmul, torch.bmm)
NO_RULE = (torch.softmax, functional.softmax, torch.max, torch.Tensor.max, torch.amax, torch.Tensor.amax, *IN_PLACE)


def _changes(z: Tensor) -> tuple[Tensor, Tensor]:
    """Difference of every image to the reference, and where it is too small to divide by."""
    change = z[:-1] - z[-1:]
    small = change.abs() < SMALL
    return change.masked_fill(small, 1), small


class _Rescaled(torch.autograd.Function):
    """A function of each element; its multiplier is (change of the output) / (change of the input)."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, function: Callable[[Tensor], Tensor]) -> Tensor:
        y = function(z.clone())
        change, small = _changes(z)
        multiplier = (y[:-1] - y[-1:]) / change
        if small.any():
            with torch.enable_grad():
                inner = z[:-1].detach().clone().requires_grad_(True)
                slope = torch.autograd.grad(function(inner.clone()).sum(), inner)[0]
            multiplier = torch.where(small, slope, multiplier)
        ctx.save_for_backward(multiplier)
        return y

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return _of_images(gradient[:-1] * ctx.saved_tensors[0]), None


class _AlongPath(torch.autograd.Function):
    """A function of several numbers at once; its multipliers are its mean gradient on the straight line from the
    reference to the image (Sundararajan et al., 2017), so that they add up to the change of the output."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, function: Callable[[Tensor], Tensor]) -> Tensor:
        ctx.function = function
        ctx.save_for_backward(z)
        return function(z)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (z,) = ctx.saved_tensors
        total = torch.zeros_like(z[:-1])
        for place, weight in zip(*(values.tolist() for values in NODES), strict=True):
            at = torch.lerp(z[-1:], z[:-1], (place + 1) / 2).requires_grad_(True)
            with torch.enable_grad():
                total += weight / 2 * torch.autograd.grad(ctx.function(at), at, gradient[:-1])[0]
        return _of_images(total), None


def _of_images(gradient: Tensor) -> Tensor:
    """With a row of zeros for the reference, which is held fixed."""
    return torch.cat([gradient, torch.zeros_like(gradient[:1])])


def _unpool(values: Tensor, places: Tensor, like: Tensor) -> Tensor:
    """Values of the windows added up at the place each one comes from; windows may overlap."""
    flat = like.new_zeros(like.shape).flatten(2)
    return flat.scatter_add_(2, places.flatten(2), values.flatten(2)).view(like.shape)


class _RescaledPool(torch.autograd.Function):
    """Max pooling: a window's change is (max(out, ref) - ref), due to the image's maximum, and (out - max(out, ref)),
    due to the reference's, as in captum. captum loses one of two windows with the same maximum; this adds both up.
    """

    @staticmethod
    def forward(ctx: Any, z: Tensor, function: Callable[[Tensor], tuple[Tensor, Tensor]]) -> Tensor:
        y, places = function(z)
        ctx.save_for_backward(z, y, places)
        return y

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        z, y, places = ctx.saved_tensors
        change, small = _changes(z)
        gradient, images, reference, at = gradient[:-1], y[:-1], y[-1:], places[:-1]
        top = torch.maximum(images, reference)
        shares = _unpool(gradient * (top - reference), at, change)
        shares += _unpool(gradient * (images - top), places[-1:].expand_as(at), change)
        return _of_images(torch.where(small, _unpool(gradient, at, change), shares / change)), None


class Rescale(TorchFunctionMode):
    """Inside, gradients are DeepLIFT multipliers to the reference in the last row; forward passes are the same.

    Every activation that works element by element is covered; on PReLU it is what its split into ReLU(z) - a ReLU(-z)
    gives. Products of two activations have no rule here. Take gradients outside.

    Parameters
    ----------
    pooling : bool
        Whether max pooling goes by its rule; else by its gradient, which is what captum 0.9 does for a pooling right
        after an activation.
    """

    def __init__(self, pooling: bool = True) -> None:
        super().__init__()
        self.pooling = pooling

    def __torch_function__(
        self, function: Callable, types: Sequence[type], args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        named = kwargs or {}
        if self.pooling and function in POOLS and not named.get("return_indices"):
            settings = {key: value for key, value in named.items() if key != "return_indices"}
            input = settings.pop("input") if "input" in settings else args[0]

            def pool(z: Tensor) -> tuple[Tensor, Tensor]:
                return functional.max_pool2d(z, *args[1:6], **settings, return_indices=True)

            return _RescaledPool.apply(input, pool)
        if function in RECTIFIERS or function in SMOOTH:
            return self._activation(function, *args, **named)
        if function in JOINT:
            return _AlongPath.apply(args[0], lambda z: function(z, *args[1:], **named))
        active = sum(isinstance(a, Tensor) and a.requires_grad for a in args)
        if function in NO_RULE or (function in PRODUCTS and active > 1):
            raise InputError(f"DeepLIFT has no rule for {function.__name__} (take it out of saliency.methods)")
        return function(*args, **named)

    def _activation(self, function: Callable[..., Tensor], input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        rectified = RECTIFIERS[function](input, *args, **kwargs) if function in RECTIFIERS else None
        y = _Rescaled.apply(input, lambda z: function(z, *args, **kwargs))
        in_place = rectified.in_place if rectified else kwargs.get("inplace", False)
        return input.copy_(y) if in_place else y


def with_reference(x: Tensor, baseline: float | Tensor) -> Tensor:
    """The images and the reference behind them.

    Parameters
    ----------
    x : Tensor
        [n, ...].
    baseline : float or Tensor
        Value of the reference, or the reference itself [...], in the network's input units.

    Returns
    -------
    Tensor
        [n + 1, ...].
    """
    reference = baseline[None] if isinstance(baseline, Tensor) else torch.full_like(x[:1], baseline)
    return torch.cat([x, reference])


def deeplift(
    explainer: Explainer, x: Tensor, target: Tensor, *, baseline: float | Tensor, pooling: bool = True
) -> Tensor:
    """(x - baseline) times its multipliers for the target's logit.

    Parameters
    ----------
    explainer : Explainer
        The network.
    x : Tensor
        Images [n, c, h, w].
    target : Tensor
        Classes [n].
    baseline : float or Tensor
        Value of the reference, or the reference itself [c, h, w], in the network's input units.
    pooling : bool
        As `Rescale`.

    Returns
    -------
    Tensor
        The shape of x.
    """
    reference = with_reference(x.detach(), baseline)
    images = x.detach().requires_grad_(True)
    with Rescale(pooling):
        logits = explainer.merged(torch.cat([images, reference[-1:]]))
    score = logits[:-1].gather(1, target[:, None]).sum()
    return (x - baseline) * torch.autograd.grad(score, images)[0]


def layer_deeplift(
    explainer: Explainer, x: Tensor, target: Tensor, *, layer: str, baseline: float, pooling: bool = True
) -> Tensor:
    """(activation - its value for the baseline) times its multipliers.

    Parameters
    ----------
    explainer : Explainer
        The network.
    x : Tensor
        Images [n, c, h, w].
    target : Tensor
        Classes [n].
    layer : str
        The stage; "" is the last one with a feature map.
    baseline : float
        Value of the reference, in the network's input units.
    pooling : bool
        As `Rescale`.

    Returns
    -------
    Tensor
        [n, c, h, w] of the stage.
    """
    network = explainer.merged
    cut = network.layer(layer) + 1
    with torch.no_grad():
        hidden = network.run(with_reference(x, baseline), stop=cut)
    images = hidden[:-1].clone().requires_grad_(True)
    with Rescale(pooling):
        logits = network.tail(torch.cat([images, hidden[-1:]]), cut)
    score = logits[:-1].gather(1, target[:, None]).sum()
    return (hidden[:-1] - hidden[-1:]) * torch.autograd.grad(score, images)[0]
