"""Changed backward passes, as context managers: while one is open, PyTorch functions called in it are replaced.

Nothing in the network is touched, so shared modules, in-place and functional activations are all covered, and leaving
the context (also by an exception) undoes everything. A compiled or scripted network does not call these functions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from gestalt_regions.core.errors import InputError
from gestalt_regions.saliency.answering_pass import Answered, run

if TYPE_CHECKING:
    from gestalt_regions.saliency.explainer import Explainer


class Rectified(NamedTuple):
    """What a call of a ReLU-like function computes: min(ReLU(z), cap) - slope * ReLU(-z)."""

    z: Tensor
    slope: Tensor | None = None
    cap: float | None = None
    in_place: bool = False


def _relu(input: Tensor, inplace: bool = False) -> Rectified:
    return Rectified(input, in_place=inplace)


def _relu_(input: Tensor) -> Rectified:
    return Rectified(input, in_place=True)


def _relu6(input: Tensor, inplace: bool = False) -> Rectified:
    return Rectified(input, cap=6.0, in_place=inplace)


def _hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Rectified | None:
    return Rectified(input, cap=max_val, in_place=inplace) if min_val == 0 else None


def _leaky(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Rectified:
    slope = torch.tensor(negative_slope, dtype=input.dtype, device=input.device)
    return Rectified(input, slope, in_place=inplace)


def _prelu(input: Tensor, weight: Tensor) -> Rectified:
    channels = (1, -1) + (1,) * (input.dim() - 2) if input.dim() > 1 else (-1,)
    return Rectified(input, weight.detach().reshape(channels))


# What each ReLU-like function of PyTorch computes; None for a call that is not ReLU-like.
RECTIFIERS: dict[Callable, Callable[..., Rectified | None]] = {
    **dict.fromkeys((functional.relu, torch.relu, torch.Tensor.relu), _relu),
    **dict.fromkeys((torch.relu_, torch.Tensor.relu_), _relu_),
    functional.relu6: _relu6,
    functional.hardtanh: _hardtanh,
    functional.leaky_relu: _leaky,
    **dict.fromkeys((functional.prelu, torch.prelu, torch.Tensor.prelu), _prelu),
}


class _Rectify(torch.autograd.Function):
    """min(ReLU(z), cap) - slope * ReLU(-z), with the rule applied to the gradient of each ReLU by itself."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, slope: Tensor | None, cap: float | None, rule: str) -> Tensor:
        positive, negative = z > 0, z < 0
        y = z.clamp(min=0)
        if cap is not None:
            positive &= z < cap
            y.clamp_(max=cap)
        if slope is not None:
            y = y - slope * (-z).clamp(min=0)
        ctx.rule = rule
        ctx.save_for_backward(positive, negative, slope)
        return y

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        positive, negative, slope = ctx.saved_tensors

        def through(signal: Tensor, active: Tensor) -> Tensor:
            signal = signal if ctx.rule == "gradient" else signal.clamp(min=0)
            return signal if ctx.rule == "deconvnet" else signal * active

        result = through(gradient, positive)
        if slope is not None:
            result = result - through(-slope * gradient, negative)
        return result, None, None, None


class _RectifyPlain(torch.autograd.Function):
    """ReLU, over its input where it is `in_place`, with the rule guided or deconvnet: `_Rectify` in fewer steps."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, in_place: bool, rule: str) -> Tensor:
        y = z.clamp_(min=0) if in_place else z.clamp(min=0)
        if in_place:
            ctx.mark_dirty(z)
        if rule == "guided":
            ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        signal = gradient.clamp(min=0)
        if ctx.saved_tensors:
            torch.ops.aten.threshold_backward.grad_input(signal, ctx.saved_tensors[0], 0, grad_input=signal)
        return signal, None, None


class Rectifiers(TorchFunctionMode):
    """Inside, the gradient of every ReLU follows a rule; forward passes are the same. `count`: rectifiers met.

    PReLU and leaky ReLU are taken apart as ReLU(z) - a ReLU(-z); ReLU6's z > 6 counts as not active. Slopes get no
    gradient. Other activations (sigmoid, GELU) keep theirs.

    Parameters
    ----------
    rule : str
        gradient: g [z > 0], the ordinary one. guided: max(g, 0) [z > 0] (Springenberg et al., 2014). deconvnet: max(g,
        0) (Zeiler and Fergus, 2014).

    Raises
    ------
    ValueError
        For another rule.
    """

    def __init__(self, rule: str) -> None:
        super().__init__()
        if rule not in ("gradient", "guided", "deconvnet"):
            raise ValueError(f"no rule '{rule}' for rectifiers; allowed: gradient, guided, deconvnet")
        self.rule, self.count = rule, 0

    def __torch_function__(
        self, function: Callable, types: Sequence[type], args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        rectified = RECTIFIERS[function](*args, **(kwargs or {})) if function in RECTIFIERS else None
        if rectified is None:
            return function(*args, **(kwargs or {}))
        self.count += 1
        if rectified.slope is None and rectified.cap is None and self.rule != "gradient":
            return _RectifyPlain.apply(rectified.z, rectified.in_place, self.rule)
        y = _Rectify.apply(rectified.z, rectified.slope, rectified.cap, self.rule)
        return rectified.z.copy_(y) if rectified.in_place else y


@dataclass(frozen=True)
class RectifiedPass:
    """The merged network, with a way back by a rule of `Rectifiers`.

    Attributes
    ----------
    rule : str
        Of `Rectifiers`.
    """

    rule: str

    def __call__(self, explainer: Explainer, x: Tensor) -> Answered:
        """Run the images through the network; InputError for one without ReLU-like units."""
        mode = Rectifiers(self.rule)
        with torch.enable_grad():
            passed = run(explainer.merged, x.detach().requires_grad_(True), mode)
        if not mode.count:
            raise InputError(
                f"the {self.rule} rule needs a network with ReLU, ReLU6, leaky ReLU or PReLU activations; this one "
                "calls none (take this method out of saliency.methods for it)"
            )
        return passed


def _conv_bias(
    gradient: Tensor, input: Tensor, weight: Tensor, bias: Tensor | None = None, *rest: Any, **named: Any
) -> Tensor | None:
    return None if bias is None else gradient * bias.view(1, -1, 1, 1)


def _linear_bias(gradient: Tensor, input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor | None:
    return None if bias is None else gradient * bias


def _norm_bias(
    gradient: Tensor,
    input: Tensor,
    mean: Tensor | None,
    var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    if training or mean is None or var is None:
        raise InputError("FullGrad needs BatchNorm layers that use their running statistics")
    shift = -mean * (var + eps).rsqrt()
    shift = shift if weight is None else shift * weight
    shift = shift if bias is None else shift + bias
    return gradient * shift.view(1, -1, *[1] * (gradient.dim() - 2))


def _clip_bias(
    gradient: Tensor, input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False
) -> Tensor:
    return gradient * (min_val * (input <= min_val) + max_val * (input >= max_val))


# Bias x gradient of each function that adds a constant, with the arguments of that function; None without a bias.
BIASED: dict[Callable, Callable[..., Tensor | None]] = {
    torch.conv2d: _conv_bias,
    functional.linear: _linear_bias,
    functional.batch_norm: _norm_bias,
    functional.hardtanh: _clip_bias,
    functional.relu6: lambda gradient, input, inplace=False: _clip_bias(gradient, input, 0.0, 6.0),
}


class BiasGradients(TorchFunctionMode):
    """Inside, a forward pass watches the layers that add a constant; the backward pass then fills `terms`.

    A BatchNorm in evaluation mode adds beta - gamma mean / sd (its implicit bias), a clipped unit (ReLU6) its bound.

    Attributes
    ----------
    terms : list of Tensor
        One a layer, bias x d score / d (output of the layer) summed over channels: [n, h, w], or [n, 1, 1] where the
        layer has no place in the image.
    """

    def __init__(self) -> None:
        super().__init__()
        self.terms: list[Tensor] = []

    def __torch_function__(
        self, function: Callable, types: Sequence[type], args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        named = kwargs or {}
        output = function(*args, **named)
        if function in BIASED and isinstance(output, Tensor) and output.requires_grad:

            def note(gradient: Tensor) -> None:
                value = BIASED[function](gradient.detach(), *args, **named)
                if value is not None:
                    self.terms.append(value.sum(1) if value.dim() == 4 else value.flatten(1).sum(1)[:, None, None])

            output.register_hook(note)  # sees the value before any later in-place activation
        return output
