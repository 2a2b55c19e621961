"""Which relevance rule every layer of a network gets, as a context in which PyTorch functions are replaced.

Nothing in the network is touched: the forward pass keeps its values, shared modules and in-place or functional
activations are all covered, and leaving the context undoes everything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from gestalt_regions.core.errors import InputError
from gestalt_regions.models.face_crop import cut
from gestalt_regions.saliency.answering_pass import Answered, run
from gestalt_regions.saliency.propagation.changed_backward import RECTIFIERS
from gestalt_regions.saliency.propagation.lrp import Layer, Passed, Shared, Summed, excitations

if TYPE_CHECKING:
    from gestalt_regions.saliency.explainer import Explainer

SUMS = (torch.add, torch.Tensor.add, torch.Tensor.__add__, torch.Tensor.__radd__)
SUMS_IN_PLACE = (torch.Tensor.add_, torch.Tensor.__iadd__)
FLATTENS = (torch.flatten, torch.Tensor.flatten)
MEANS = (torch.mean, torch.Tensor.mean)
POOLS = (functional.avg_pool2d, functional.adaptive_avg_pool2d)
PRODUCTS = (torch.mul, torch.Tensor.mul, torch.Tensor.mul_, torch.matmul, torch.Tensor.matmul, torch.bmm)
NO_RULE = (torch.sigmoid, functional.sigmoid, torch.softmax, functional.softmax, functional.conv_transpose2d)


@dataclass(frozen=True)
class Composite:
    """One method's rules; names are those of lrp.RULES.

    Attributes
    ----------
    convolution, dense : str
        Rule of convolutions, and of dense layers.
    first : str
        Rule of the first of them; "" is its own.
    merge : str
        BatchNorm is merged into the linear layer before it ("before"), that or the one after it ("both"), or left alone
        ("").
    sums : str
        Residual sums share relevance in proportion to the branches ("proportion") or to their excitations
        ("excitation": the sum and the layers before it are one layer); "" hands all of it to both, as a gradient does.
    passes : bool
        Whether activations and lone BatchNorm layers hand relevance on unchanged; else they multiply it by their
        gradient.
    """

    convolution: str
    dense: str
    first: str = ""
    merge: str = "before"
    sums: str = ""
    passes: bool = True


@dataclass(frozen=True)
class _OfLayer:
    """What is known of a tensor made here: it is layer(x), whose relevance `rule` shares. Stale once written to."""

    version: int
    x: Tensor
    layer: Layer
    rule: str


@dataclass(frozen=True)
class _OfNorm:
    """What is known of a tensor made here: it is x * scale + shift, shapes as x. Stale once written to."""

    version: int
    x: Tensor
    scale: Tensor
    shift: Tensor


def _affine(mean: Tensor, var: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float) -> tuple[Tensor, Tensor]:
    """BatchNorm in evaluation mode as scale and shift, both [channels]."""
    scale = (var + eps).rsqrt() if weight is None else weight * (var + eps).rsqrt()
    return scale, -mean * scale if bias is None else bias - mean * scale


class Relevance(TorchFunctionMode):
    """Inside, the backward pass of a network hands down relevance; forward it is the same.

    Take gradients outside: the backward pass itself calls functions that are replaced here.

    Parameters
    ----------
    composite : Composite
        Which rule each layer gets.
    """

    def __init__(self, composite: Composite) -> None:
        super().__init__()
        self.composite, self.layers = composite, 0
        self.replaced: dict[Callable, Callable[..., Tensor]] = {
            torch.conv2d: self._convolution,
            functional.linear: self._dense,
            functional.batch_norm: self._norm,
            functional.dropout: self._dropout,
            cut: self._cut,
            functional.log_softmax: self._log_softmax,
        }
        self.replaced |= {function: partial(self._flatten, function) for function in FLATTENS}
        self.replaced |= {function: partial(self._mean, function) for function in MEANS}
        self.replaced |= {function: partial(self._pool, function) for function in POOLS}
        if composite.passes:
            self.replaced |= {function: partial(self._activation, function) for function in RECTIFIERS}
        if composite.sums:
            self.replaced |= {function: partial(self._sum, function) for function in SUMS + SUMS_IN_PLACE}

    def __torch_function__(
        self, function: Callable, types: Sequence[type], args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        named = kwargs or {}
        if function in PRODUCTS and sum(isinstance(a, Tensor) and a.requires_grad for a in args) > 1:
            raise InputError("no relevance rule for a product of two activations (take LRP out of saliency.methods)")
        if function in NO_RULE:
            raise InputError(f"no relevance rule for {function.__name__} (take LRP out of saliency.methods)")
        replacement = self.replaced.get(function)
        return replacement(*args, **named) if replacement else function(*args, **named)

    def _known(self, x: Tensor) -> _OfLayer | _OfNorm | None:
        mark = getattr(x, "_relevance_mark", None)
        return mark if mark and mark.version == x._version else None

    def _linear(self, x: Tensor, value: Tensor, layer: Layer, rule: str) -> Tensor:
        """`value` = layer(x), remembered for a BatchNorm or a sum that may follow."""
        y = Shared.apply(x, [value.detach()], layer, rule)
        y._relevance_mark = _OfLayer(y._version, x, layer, rule)
        return y

    def _weighted(self, input: Tensor, value: Tensor, layer: Layer, rule: str) -> Tensor:
        self.layers += 1
        if self.layers == 1 and self.composite.first:
            rule = self.composite.first
        known = self._known(input)
        if self.composite.merge == "both" and isinstance(known, _OfNorm):
            layer, input = layer.after(known.scale, known.shift), known.x
        return self._linear(input, value, layer, rule)

    def _convolution(
        self,
        input: Tensor,
        weight: Tensor,
        bias: Tensor | None = None,
        stride: Any = 1,  # as padding and dilation: a number, one for each side, or a word
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Tensor:
        def run(x: Tensor, w: Tensor) -> Tensor:
            return torch.conv2d(x, w, None, stride, padding, dilation, groups)

        value = torch.conv2d(input.detach(), weight, bias, stride, padding, dilation, groups)
        layer = Layer(run, weight, input.new_zeros(1, 1, 1, 1) if bias is None else bias.view(1, -1, 1, 1), groups)
        return self._weighted(input, value, layer, self.composite.convolution)

    def _dense(self, input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        value = functional.linear(input.detach(), weight, bias)
        layer = Layer(functional.linear, weight, input.new_zeros(1, 1) if bias is None else bias.view(1, -1))
        return self._weighted(input, value, layer, self.composite.dense)

    def _norm(
        self,
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
            raise InputError("relevance needs BatchNorm layers that use their running statistics")
        if not self.composite.merge and not self.composite.passes:
            return functional.batch_norm(input, mean, var, weight, bias, training, momentum, eps)
        value = functional.batch_norm(input.detach(), mean, var, weight, bias, training, momentum, eps)
        scale, shift = _affine(mean, var, weight, bias, eps)
        known = self._known(input)
        if self.composite.merge and isinstance(known, _OfLayer):
            return self._linear(known.x, value, known.layer.then(scale, shift), known.rule)
        y = Passed.apply(input, [value])
        channels = (1, -1) + (1,) * (input.dim() - 2)
        shape = (1, *input.shape[1:])
        scale, shift = (values.view(channels).expand(shape) for values in (scale, shift))
        y._relevance_mark = _OfNorm(y._version, input, scale, shift)
        return y

    def _dropout(self, input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
        return functional.dropout(input, p, training, inplace) if training else input

    def _cut(self, *args: Any) -> Tensor:
        """An expert begins, whose first layer comes next. The crop itself hands on relevance by its weights."""
        self.layers = 0
        return cut(*args)

    def _log_softmax(self, input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """Of an aggregate's experts: its share of the answer is the relevance of the expert's logit."""
        return Passed.apply(input, [functional.log_softmax(input.detach(), *args, **kwargs)])

    def _flatten(self, function: Callable[..., Any], input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """Keeps what is known of a BatchNorm, for the dense layer that may follow."""
        y, known = function(input, *args, **kwargs), self._known(input)
        if isinstance(known, _OfNorm) and y.dim() == 2 and len(y) == len(input):
            x = function(known.x, *args, **kwargs)
            y._relevance_mark = _OfNorm(y._version, x, known.scale.flatten(1), known.shift.flatten(1))
        return y

    def _pool(self, function: Callable[..., Tensor], input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        value = function(input.detach(), *args, **kwargs)
        return Shared.apply(input, [value], Layer(lambda x, _: function(x, *args, **kwargs)), "epsilon")

    def _mean(self, function: Callable[..., Tensor], input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return self._pool(function, input, *args, **kwargs) if input.dim() == 4 else function(input, *args, **kwargs)

    def _activation(self, function: Callable[..., Tensor], input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        rectified = RECTIFIERS[function](input, *args, **kwargs)
        if rectified is None:
            return function(input, *args, **kwargs)
        given = input.detach().clone() if rectified.in_place else input.detach()
        y = Passed.apply(input, [function(given, *args, **kwargs)])
        return input.copy_(y) if rectified.in_place else y

    def _sum(self, function: Callable[..., Tensor], input: Any, other: Any, **kwargs: Any) -> Tensor:
        tensors = isinstance(input, Tensor) and isinstance(other, Tensor)
        if kwargs or not tensors or not (input.requires_grad and other.requires_grad) or input.shape != other.shape:
            return function(input, other, **kwargs)
        parts = (input, other) if self.composite.sums == "proportion" else map(self._excitations, (input, other))
        y = Summed.apply(input, other, *(part.detach() for part in parts))
        return input.copy_(y) if function in SUMS_IN_PLACE else y

    def _excitations(self, branch: Tensor) -> Tensor:
        """What excites the units of a sum through one branch: a layer's positive x w, or the branch's own values."""
        known = self._known(branch)
        return excitations(known.layer, known.x) if isinstance(known, _OfLayer) else branch.clamp(min=0)


@dataclass(frozen=True)
class RelevancePass:
    """A network whose way back hands down relevance. It is the merged one where the composite merges, too.

    Attributes
    ----------
    composite : Composite
        The rules.
    """

    composite: Composite

    def __call__(self, explainer: Explainer, x: Tensor) -> Answered:
        """Run the images through the network."""
        network = explainer.merged if self.composite.merge else explainer.network
        with torch.enable_grad():
            return run(network, x.detach().requires_grad_(True), Relevance(self.composite))


def relevance(explainer: Explainer, x: Tensor, target: Tensor, composite: Composite) -> Tensor:
    """Relevance of the pixels when the target's logit has 1.

    Parameters
    ----------
    explainer : Explainer
        The network.
    x : Tensor
        Images [n, c, h, w].
    target : Tensor
        Classes [n].
    composite : Composite
        The rules.

    Returns
    -------
    Tensor
        The shape of x.
    """
    return explainer.passed(RelevancePass(composite), x).gradient(target)
