"""DeepLIFT's rescale rule (Shrikumar et al., 2017), as a context in which PyTorch functions are replaced.

The reference passes the network by itself, once for all images that are compared with it, and what goes into each
activation is noted. Nothing in the network is touched, and leaving the context undoes everything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from gestalt_regions.core.errors import InputError
from gestalt_regions.saliency.answering_pass import Answered, run
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


class _Rescaled(torch.autograd.Function):
    """A function of each element; its multiplier is (change of the output) / (change of the input)."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, reference: Tensor, function: Callable[[Tensor], Tensor]) -> Tensor:
        y = function(z.clone())
        change = z - reference
        multiplier = (y - function(reference.clone())).div_(change)
        small = change.abs_() < SMALL
        if small.any():
            with torch.enable_grad():
                inner = z.detach().clone().requires_grad_(True)
                slope = torch.autograd.grad(function(inner.clone()).sum(), inner)[0]
            multiplier = torch.where(small, slope, multiplier)
        ctx.save_for_backward(multiplier)
        return y

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        return gradient * ctx.saved_tensors[0], None, None


class _AlongPath(torch.autograd.Function):
    """A function of several numbers at once; its multipliers are its mean gradient on the straight line from the
    reference to the image (Sundararajan et al., 2017), so that they add up to the change of the output."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, reference: Tensor, function: Callable[[Tensor], Tensor]) -> Tensor:
        ctx.function = function
        ctx.save_for_backward(z, reference)
        return function(z)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        z, reference = ctx.saved_tensors
        total = torch.zeros_like(z)
        for place, weight in zip(*(values.tolist() for values in NODES), strict=True):
            at = torch.lerp(reference, z, (place + 1) / 2).requires_grad_(True)
            with torch.enable_grad():
                total += weight / 2 * torch.autograd.grad(ctx.function(at), at, gradient)[0]
        return total, None, None


def _unpool(values: Tensor, places: Tensor, like: Tensor) -> Tensor:
    """Values of the windows added up at the place each one comes from; windows may overlap."""
    flat = like.new_zeros(like.shape).flatten(2)
    return flat.scatter_add_(2, places.flatten(2), values.flatten(2)).view(like.shape)


class _RescaledPool(torch.autograd.Function):
    """Max pooling: a window's change is (max(out, ref) - ref), due to the image's maximum, and (out - max(out, ref)),
    due to the reference's, as in captum. captum loses one of two windows with the same maximum; this adds both up.
    """

    @staticmethod
    def forward(ctx: Any, z: Tensor, reference: Tensor, function: Callable[[Tensor], tuple[Tensor, Tensor]]) -> Tensor:
        y, places = function(z)
        ctx.save_for_backward(z, y, places, reference, *function(reference))
        return y

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        z, images, at, before, reference, reference_at = ctx.saved_tensors
        change = z - before
        small = change.abs() < SMALL
        top = torch.maximum(images, reference)
        shares = _unpool(gradient * (top - reference), at, change)
        shares += _unpool(gradient * (images - top), reference_at.expand_as(at), change)
        return torch.where(small, _unpool(gradient, at, change), shares / change), None, None


class _Activations(TorchFunctionMode):
    """Every call of a function that has a rule goes to `_ruled`, and one that has none is refused.

    Parameters
    ----------
    pooling : bool
        Whether max pooling has a rule.
    """

    def __init__(self, pooling: bool = True) -> None:
        super().__init__()
        self.pooling = pooling

    def _ruled(self, kind: Any, function: Callable, input: Tensor, args: tuple, kwargs: dict, in_place: bool) -> Tensor:
        """The function of its input, with further arguments."""
        raise NotImplementedError

    def __torch_function__(
        self, function: Callable, types: Sequence[type], args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        named = dict(kwargs or {})
        if self.pooling and function in POOLS and not named.pop("return_indices", False):
            input, *rest = (named.pop("input"), *args) if "input" in named else args
            pool = partial(functional.max_pool2d, return_indices=True)
            return self._ruled(_RescaledPool, pool, input, tuple(rest[:5]), named, False)
        if function in RECTIFIERS or function in SMOOTH:
            input, *rest = (named.pop("input"), *args) if "input" in named else args
            rectified = RECTIFIERS[function](input, *rest, **named) if function in RECTIFIERS else None
            in_place = rectified.in_place if rectified else named.get("inplace", False)
            return self._ruled(_Rescaled, function, input, tuple(rest), named, in_place)
        if function in JOINT:
            return self._ruled(_AlongPath, function, args[0], args[1:], named, False)
        active = sum(isinstance(a, Tensor) and a.requires_grad for a in args)
        if function in NO_RULE or (function in PRODUCTS and active > 1):
            raise InputError(f"DeepLIFT has no rule for {function.__name__} (take it out of saliency.methods)")
        return function(*args, **(kwargs or {}))


class Noted(_Activations):
    """Inside, what goes into each function that has a rule is noted, in the order of the calls.

    Parameters
    ----------
    pooling : bool
        As of `Rescale`.

    Attributes
    ----------
    inputs : list of Tensor
        What went in.
    """

    def __init__(self, pooling: bool = True) -> None:
        super().__init__(pooling)
        self.inputs: list[Tensor] = []

    def _ruled(self, kind: Any, function: Callable, input: Tensor, args: tuple, kwargs: dict, in_place: bool) -> Tensor:
        self.inputs.append(input.detach().clone() if in_place else input.detach())
        y = function(input, *args, **kwargs)
        return y[0] if kind is _RescaledPool else y


class Rescale(_Activations):
    """Inside, gradients are DeepLIFT multipliers to the reference; forward passes are the same.

    Every activation that works element by element is covered; on PReLU it is what its split into ReLU(z) - a ReLU(-z)
    gives. Products of two activations have no rule here. Take gradients outside.

    Parameters
    ----------
    reference : sequence of Tensor
        What `Noted` has noted of the same part of the network, for a batch of one.
    pooling : bool
        Whether max pooling goes by its rule; else by its gradient, which is what captum 0.9 does for a pooling right
        after an activation. As in `Noted`.
    """

    def __init__(self, reference: Sequence[Tensor], pooling: bool = True) -> None:
        super().__init__(pooling)
        self.reference, self.met = reference, 0

    def _ruled(self, kind: Any, function: Callable, input: Tensor, args: tuple, kwargs: dict, in_place: bool) -> Tensor:
        self.met += 1
        y = kind.apply(input, self.reference[self.met - 1], lambda z: function(z, *args, **kwargs))
        return input.copy_(y) if in_place else y


@dataclass(frozen=True)
class _Reference:
    """A reference's way through the merged network: its stages' outputs and what was noted in each, the head last."""

    outputs: list[Tensor]
    noted: list[list[Tensor]]

    def inputs(self, start: int = 0) -> list[Tensor]:
        """What was noted from a stage on."""
        return [value for stage in self.noted[start:] for value in stage]


def _passed_reference(explainer: Explainer, reference: Tensor, pooling: bool) -> _Reference:
    """A reference [1, c, h, w] through the merged network."""
    network, hidden = explainer.merged, reference
    outputs, noted, stages = [], [], len(explainer.merged.stages)
    for number in range(stages + 1):
        with torch.no_grad(), Noted(pooling) as mode:
            hidden = network.run(hidden, number, number + 1) if number < stages else network.tail(hidden, stages)
        outputs.append(hidden.clone())  # a later stage may write to it
        noted.append(mode.inputs)
    return _Reference(outputs, noted)


# By explainer: a constant image is the reference of every batch.
_CONSTANT: WeakKeyDictionary[Explainer, dict[tuple, _Reference]] = WeakKeyDictionary()


def _constant_reference(explainer: Explainer, x: Tensor, baseline: float, pooling: bool) -> _Reference:
    """A constant image's way through the network, for images like x."""
    known = _CONSTANT.setdefault(explainer, {})
    key = (explainer.precision, baseline, pooling, x.shape[1:], x.dtype, x.device)
    if key not in known:
        known.clear()  # a method has one reference
        known[key] = _passed_reference(explainer, torch.full_like(x[:1], baseline), pooling)
    return known[key]


@dataclass(frozen=True)
class RescaledPass:
    """The merged network, with a way back by multipliers.

    Attributes
    ----------
    baseline : float
        Value of the reference, in the network's input units.
    pooling : bool
        As `Rescale`.
    """

    baseline: float
    pooling: bool = True

    def __call__(self, explainer: Explainer, x: Tensor) -> Answered:
        """Run the images through the network."""
        reference = _constant_reference(explainer, x, self.baseline, self.pooling)
        return _compared(explainer, x, reference, self.pooling)


def _compared(explainer: Explainer, x: Tensor, reference: _Reference, pooling: bool) -> Answered:
    with torch.enable_grad():
        return run(explainer.merged, x.detach().requires_grad_(True), Rescale(reference.inputs(), pooling))


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
    if isinstance(baseline, Tensor):
        passed = _compared(explainer, x, _passed_reference(explainer, baseline[None], pooling), pooling)
    else:
        passed = explainer.passed(RescaledPass(baseline, pooling), x)
    return (x - baseline) * passed.gradient(target)


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
    number = explainer.whole.layer(layer)
    reference = _constant_reference(explainer, x, baseline, pooling)
    hidden = explainer.activation(x, layer)
    images = hidden.clone().requires_grad_(True)
    with torch.enable_grad(), Rescale(reference.inputs(number + 1), pooling):
        logits = explainer.merged.tail(images, number + 1)
    score = logits.gather(1, target[:, None]).sum()
    return (hidden - reference.outputs[number]) * torch.autograd.grad(score, images)[0]
