"""Changed backward passes, as context managers: while one is open, PyTorch functions called in it are replaced.

Nothing in the network is touched, so shared modules, in-place and functional activations are all covered, and leaving
the context (also by an exception) undoes everything. A compiled or scripted network does not call these functions.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from gestalt_regions.core.errors import InputError


def _relu(input, inplace=False):
    return input, None, None, inplace


def _relu_(input):
    return input, None, None, True


def _relu6(input, inplace=False):
    return input, None, 6.0, inplace


def _hardtanh(input, min_val=-1.0, max_val=1.0, inplace=False):
    return (input, None, max_val, inplace) if min_val == 0 else None


def _leaky(input, negative_slope=0.01, inplace=False):
    return input, torch.tensor(negative_slope, dtype=input.dtype, device=input.device), None, inplace


def _prelu(input, weight):
    channels = (1, -1) + (1,) * (input.dim() - 2) if input.dim() > 1 else (-1,)
    return input, weight.detach().reshape(channels), None, False


RECTIFIERS = {
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
    def forward(ctx, z: Tensor, slope: Tensor | None, cap: float | None, rule: str) -> Tensor:
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
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        positive, negative, slope = ctx.saved_tensors

        def through(signal: Tensor, active: Tensor) -> Tensor:
            signal = signal if ctx.rule == "gradient" else signal.clamp(min=0)
            return signal if ctx.rule == "deconvnet" else signal * active

        result = through(gradient, positive)
        if slope is not None:
            result = result - through(-slope * gradient, negative)
        return result, None, None, None


class Rectifiers(TorchFunctionMode):
    """Inside, the gradient of every ReLU follows `rule`; forward passes are the same. `count`: rectifiers met.

    gradient: g [z > 0], the ordinary one. guided: max(g, 0) [z > 0] (Springenberg et al., 2014). deconvnet: max(g, 0)
    (Zeiler and Fergus, 2014). PReLU and leaky ReLU are taken apart as ReLU(z) - a ReLU(-z); ReLU6's z > 6 counts as
    not active. Slopes get no gradient. Other activations (sigmoid, GELU) keep theirs.
    """

    def __init__(self, rule: str) -> None:
        super().__init__()
        if rule not in ("gradient", "guided", "deconvnet"):
            raise ValueError(f"no rule '{rule}' for rectifiers; allowed: gradient, guided, deconvnet")
        self.rule, self.count = rule, 0

    def __torch_function__(self, function, types, args=(), kwargs=None):
        found = RECTIFIERS[function](*args, **(kwargs or {})) if function in RECTIFIERS else None
        if found is None:
            return function(*args, **(kwargs or {}))
        z, slope, cap, inplace = found
        self.count += 1
        y = _Rectify.apply(z, slope, cap, self.rule)
        return z.copy_(y) if inplace else y


def rectified_gradient(explainer, x: Tensor, target: Tensor, rule: str) -> Tensor:
    """d score / d x, the shape of x, under a rule of `Rectifiers`. InputError for a network without ReLU-like units."""
    with Rectifiers(rule) as rectifiers:
        gradient = explainer.gradient(x, target)
    if not rectifiers.count:
        raise InputError(
            f"the {rule} rule needs a network with ReLU, ReLU6, leaky ReLU or PReLU activations; this one calls none "
            "(take this method out of saliency.methods for it)"
        )
    return gradient


def _conv_bias(gradient, input, weight, bias=None, *rest, **named):
    return None if bias is None else gradient * bias.view(1, -1, 1, 1)


def _linear_bias(gradient, input, weight, bias=None):
    return None if bias is None else gradient * bias


def _norm_bias(gradient, input, mean, var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    if training or mean is None:
        raise InputError("FullGrad needs BatchNorm layers that use their running statistics")
    shift = -mean * (var + eps).rsqrt()
    shift = shift if weight is None else shift * weight
    shift = shift if bias is None else shift + bias
    return gradient * shift.view(1, -1, *[1] * (gradient.dim() - 2))


def _clip_bias(gradient, input, min_val=-1.0, max_val=1.0, inplace=False):
    return gradient * (min_val * (input <= min_val) + max_val * (input >= max_val))


BIASED = {
    torch.conv2d: _conv_bias,
    functional.linear: _linear_bias,
    functional.batch_norm: _norm_bias,
    functional.hardtanh: _clip_bias,
    functional.relu6: lambda gradient, input, inplace=False: _clip_bias(gradient, input, 0.0, 6.0),
}


class BiasGradients(TorchFunctionMode):
    """Inside, a forward pass watches the layers that add a constant; the backward pass then fills `found`.

    found: one tensor a layer, bias x d score / d (output of the layer) summed over channels: [n, h, w], or [n, 1, 1]
    where the layer has no place in the image. A BatchNorm in evaluation mode adds beta - gamma mean / sd (its implicit
    bias), a clipped unit (ReLU6) its bound.
    """

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Tensor] = []

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        output = function(*args, **kwargs)
        if function in BIASED and isinstance(output, Tensor) and output.requires_grad:

            def note(gradient: Tensor) -> None:
                value = BIASED[function](gradient.detach(), *args, **kwargs)
                if value is not None:
                    self.found.append(value.sum(1) if value.dim() == 4 else value.flatten(1).sum(1)[:, None, None])

            output.register_hook(note)  # sees the value before any later in-place activation
        return output
