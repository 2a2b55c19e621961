"""Which relevance rule every layer of a network gets, as a context in which PyTorch functions are replaced.

Nothing in the network is touched: the forward pass keeps its values, shared modules and in-place or functional
activations are all covered, and leaving the context undoes everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from gestalt_regions.core.errors import InputError
from gestalt_regions.saliency.propagation.changed_backward import RECTIFIERS
from gestalt_regions.saliency.propagation.lrp import Layer, Passed, Shared, Summed

SUMS = (torch.add, torch.Tensor.add, torch.Tensor.__add__, torch.Tensor.__radd__)
SUMS_IN_PLACE = (torch.Tensor.add_, torch.Tensor.__iadd__)
FLATTENS = (torch.flatten, torch.Tensor.flatten)
MEANS = (torch.mean, torch.Tensor.mean)
POOLS = (functional.avg_pool2d, functional.adaptive_avg_pool2d)
PRODUCTS = (torch.mul, torch.Tensor.mul, torch.Tensor.mul_, torch.matmul, torch.Tensor.matmul, torch.bmm)
NO_RULE = (torch.sigmoid, functional.sigmoid, torch.softmax, functional.softmax, functional.conv_transpose2d)


@dataclass(frozen=True)
class Composite:
    """One method's rules. `first` is for the first convolution or dense layer. Names are those of relevance.RULES.

    merge: BatchNorm is merged into the linear layer before it ("before"), that or the one after it ("both"), or left
    alone (""). sums: residual sums share relevance in proportion; else both branches get all of it, as a gradient does.
    passes: activations and lone BatchNorm layers hand relevance on unchanged; else they multiply it by their gradient.
    """

    convolution: str
    dense: str
    first: str = ""
    merge: str = "before"
    sums: bool = False
    passes: bool = True


@dataclass(frozen=True)
class _Mark:
    """What is known of a tensor made here: it is layer(x), or (layer None) x * scale + shift. Stale once written to."""

    version: int
    x: Tensor
    layer: Layer | None = None
    rule: str = ""
    scale: Tensor | None = None
    shift: Tensor | None = None


def _affine(mean: Tensor, var: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float) -> tuple[Tensor, Tensor]:
    """BatchNorm in evaluation mode as scale and shift, both [channels]."""
    scale = (var + eps).rsqrt() if weight is None else weight * (var + eps).rsqrt()
    return scale, -mean * scale if bias is None else bias - mean * scale


class Relevance(TorchFunctionMode):
    """Inside, the backward pass of a network hands down relevance by the rules of `composite`; forward it is the same.

    Take gradients outside: the backward pass itself calls functions that are replaced here.
    """

    def __init__(self, composite: Composite) -> None:
        super().__init__()
        self.composite, self.layers = composite, 0
        self.replaced = {torch.conv2d: self._convolution, functional.linear: self._dense}
        self.replaced |= {functional.batch_norm: self._norm, functional.dropout: self._dropout}
        self.replaced |= {function: partial(self._flatten, function) for function in FLATTENS}
        self.replaced |= {function: partial(self._mean, function) for function in MEANS}
        self.replaced |= {function: partial(self._pool, function) for function in POOLS}
        if composite.passes:
            self.replaced |= {function: partial(self._activation, function) for function in RECTIFIERS}
        if composite.sums:
            self.replaced |= {function: partial(self._sum, function) for function in SUMS + SUMS_IN_PLACE}

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function in PRODUCTS and sum(isinstance(a, Tensor) and a.requires_grad for a in args) > 1:
            raise InputError("no relevance rule for a product of two activations (take LRP out of saliency.methods)")
        if function in NO_RULE:
            raise InputError(f"no relevance rule for {function.__name__} (take LRP out of saliency.methods)")
        replacement = self.replaced.get(function)
        return replacement(*args, **kwargs) if replacement else function(*args, **kwargs)

    def _known(self, x: Tensor) -> _Mark | None:
        mark = getattr(x, "_relevance_mark", None)
        return mark if mark and mark.version == x._version else None

    def _linear(self, x: Tensor, value: Tensor, layer: Layer, rule: str) -> Tensor:
        """`value` = layer(x), remembered for a BatchNorm that may follow."""
        y = Shared.apply(x, [value.detach()], layer, rule)
        y._relevance_mark = _Mark(y._version, x, layer, rule)
        return y

    def _weighted(self, input: Tensor, value: Tensor, layer: Layer, rule: str) -> Tensor:
        self.layers += 1
        if self.layers == 1 and self.composite.first:
            rule = self.composite.first
        known = self._known(input)
        if self.composite.merge == "both" and known and known.layer is None:
            layer, input = layer.after(known.scale, known.shift), known.x
        return self._linear(input, value, layer, rule)

    def _convolution(self, input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
        def run(x, w):
            return torch.conv2d(x, w, None, stride, padding, dilation, groups)

        value = torch.conv2d(input.detach(), weight, bias, stride, padding, dilation, groups)
        layer = Layer(run, weight, input.new_zeros(1, 1, 1, 1) if bias is None else bias.view(1, -1, 1, 1), groups)
        return self._weighted(input, value, layer, self.composite.convolution)

    def _dense(self, input, weight, bias=None):
        value = functional.linear(input.detach(), weight, bias)
        layer = Layer(functional.linear, weight, input.new_zeros(1, 1) if bias is None else bias.view(1, -1))
        return self._weighted(input, value, layer, self.composite.dense)

    def _norm(self, input, mean, var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
        if training or mean is None:
            raise InputError("relevance needs BatchNorm layers that use their running statistics")
        if not self.composite.merge and not self.composite.passes:
            return functional.batch_norm(input, mean, var, weight, bias, training, momentum, eps)
        value = functional.batch_norm(input.detach(), mean, var, weight, bias, training, momentum, eps)
        scale, shift = _affine(mean, var, weight, bias, eps)
        known = self._known(input)
        if self.composite.merge and known and known.layer and known.layer.weight is not None:
            return Shared.apply(known.x, [value], known.layer.then(scale, shift), known.rule)
        y = Passed.apply(input, [value])
        channels = (1, -1) + (1,) * (input.dim() - 2)
        shape = (1, *input.shape[1:])
        scale, shift = (values.view(channels).expand(shape) for values in (scale, shift))
        y._relevance_mark = _Mark(y._version, input, scale=scale, shift=shift)
        return y

    def _dropout(self, input, p=0.5, training=True, inplace=False):
        return functional.dropout(input, p, training, inplace) if training else input

    def _flatten(self, function, input, *args, **kwargs):
        """Keeps what is known of a BatchNorm, for the dense layer that may follow."""
        y, known = function(input, *args, **kwargs), self._known(input)
        if known and known.layer is None and y.dim() == 2 and len(y) == len(input):
            x = function(known.x, *args, **kwargs)
            y._relevance_mark = _Mark(y._version, x, scale=known.scale.flatten(1), shift=known.shift.flatten(1))
        return y

    def _pool(self, function, input, *args, **kwargs):
        value = function(input.detach(), *args, **kwargs)
        return Shared.apply(input, [value], Layer(lambda x, _: function(x, *args, **kwargs)), "epsilon")

    def _mean(self, function, input, *args, **kwargs):
        return self._pool(function, input, *args, **kwargs) if input.dim() == 4 else function(input, *args, **kwargs)

    def _activation(self, function, input, *args, **kwargs):
        found = RECTIFIERS[function](input, *args, **kwargs)
        if found is None:
            return function(input, *args, **kwargs)
        y = Passed.apply(input, [function(input.detach().clone() if found[3] else input.detach(), *args, **kwargs)])
        return input.copy_(y) if found[3] else y

    def _sum(self, function, input, other, **kwargs):
        tensors = isinstance(input, Tensor) and isinstance(other, Tensor)
        if kwargs or not tensors or not (input.requires_grad and other.requires_grad) or input.shape != other.shape:
            return function(input, other, **kwargs)
        y = Summed.apply(input, other)
        return input.copy_(y) if function in SUMS_IN_PLACE else y


def relevance(explainer, x: Tensor, target: Tensor, composite: Composite) -> Tensor:
    """Relevance of the pixels [n, c, h, w] when the target's logit has 1."""
    x = x.detach().requires_grad_(True)
    with Relevance(composite):
        score = explainer.score(x, target).sum()
    return torch.autograd.grad(score, x)[0]
