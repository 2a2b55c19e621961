"""Layer-wise relevance propagation, layer by layer: what a linear layer computes, and the rules that share relevance.

Every rule here divides a unit's relevance among its inputs in proportion to some z_ij = x_i w_ij of its own choice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

EPSILON = 1e-6  # added to every denominator with its sign, as zennit does


@dataclass(frozen=True)
class Layer:
    """output = run(input, weight) + bias, `run` bilinear: a convolution, a dense layer, or a pooling (weight unused).

    weight [out, in / groups, ...] or None; bias anything that broadcasts to the output.
    """

    run: Callable[[Tensor, Tensor | None], Tensor]
    weight: Tensor | None = None
    bias: Tensor | float = 0.0
    groups: int = 1

    def __call__(self, x: Tensor) -> Tensor:
        return self.run(x, self.weight) + self.bias

    def then(self, scale: Tensor, shift: Tensor) -> Layer:
        """This layer followed by y * scale + shift; both [out]."""
        weight = self.weight * scale.view(-1, *[1] * (self.weight.dim() - 1))
        channels = (1, -1) + (1,) * (self.weight.dim() - 2)
        return replace(self, weight=weight, bias=self.bias * scale.view(channels) + shift.view(channels))

    def after(self, scale: Tensor, shift: Tensor) -> Layer:
        """This layer preceded by x * scale + shift; both [1, in, ...] as its input.

        The new bias has the size of the output: where a convolution pads with zeros, the shift is missing.
        """
        bias = self.bias + self.run(shift, self.weight)
        if self.weight.dim() == 2:
            return replace(self, weight=self.weight * scale, bias=bias)
        channels, inside = scale[0, :, 0, 0], self.weight.shape[1]
        scales = channels.view(self.groups, 1, inside).expand(-1, len(self.weight) // self.groups, -1)
        return replace(self, weight=self.weight * scales.reshape(len(self.weight), inside, 1, 1), bias=bias)


def stabilised(z: Tensor) -> Tensor:
    return z + torch.where(z < 0, -EPSILON, EPSILON)


def share(layer: Layer, parts: list[tuple[Tensor, Tensor | None]], bias: Tensor | float, relevance: Tensor) -> Tensor:
    """The relevance [n, out, ...] shared in proportion to the z of all `parts` (input, weight), shape of an input.

    What the bias and the stabiliser take of the denominator is not passed on.
    """
    inputs = [x.detach().requires_grad_(True) for x, _ in parts]
    with torch.enable_grad():
        z = sum(layer.run(x, weight) for x, (_, weight) in zip(inputs, parts, strict=True)) + bias
    gradients = torch.autograd.grad(z, inputs, relevance / stabilised(z.detach()))
    return sum(x.detach() * gradient for x, gradient in zip(inputs, gradients, strict=True))


def _signed(x: Tensor, layer: Layer, same: bool) -> list[tuple[Tensor, Tensor]]:
    """Inputs and weights of the same (opposite) sign; one part is enough where no input is negative."""
    up, down = layer.weight.clamp(min=0), layer.weight.clamp(max=0)
    if not (x < 0).any():
        return [(x, up if same else down)]
    return [(x.clamp(min=0), up if same else down), (x.clamp(max=0), down if same else up)]


def _clamped(bias: Tensor | float, sign: int) -> Tensor | float:
    return bias if isinstance(bias, float) else bias.clamp(min=0) if sign > 0 else bias.clamp(max=0)


def epsilon(layer: Layer, x: Tensor, relevance: Tensor) -> Tensor:
    """In proportion to x w (Bach et al., 2015, equation 58)."""
    return share(layer, [(x, layer.weight)], layer.bias, relevance)


def zplus(layer: Layer, x: Tensor, relevance: Tensor) -> Tensor:
    """In proportion to the positive x w (alpha 1, beta 0); negative inputs of negative weights count."""
    return share(layer, _signed(x, layer, True), _clamped(layer.bias, 1), relevance)


def alpha2beta1(layer: Layer, x: Tensor, relevance: Tensor) -> Tensor:
    """Twice in proportion to the positive x w, less once in proportion to the negative ones (equation 60)."""
    excites = share(layer, _signed(x, layer, True), _clamped(layer.bias, 1), relevance)
    return 2 * excites - share(layer, _signed(x, layer, False), _clamped(layer.bias, -1), relevance)


def flat(layer: Layer, x: Tensor, relevance: Tensor) -> Tensor:
    """Evenly among the inputs a unit sees (Lapuschkin et al., 2019)."""
    return share(layer, [(torch.ones_like(x), torch.ones_like(layer.weight))], 0.0, relevance)


RULES = {rule.__name__: rule for rule in (epsilon, zplus, alpha2beta1, flat)}


class Shared(torch.autograd.Function):
    """A value that is already known (`holder`, emptied here); backwards, a rule shares the relevance of `layer`."""

    @staticmethod
    def forward(ctx, x: Tensor, holder: list[Tensor], layer: Layer, rule: str) -> Tensor:
        ctx.save_for_backward(x)
        ctx.layer, ctx.rule = layer, RULES[rule]
        return holder.pop()

    @staticmethod
    def backward(ctx, relevance: Tensor) -> tuple[Tensor, None, None, None]:
        return ctx.rule(ctx.layer, ctx.saved_tensors[0], relevance), None, None, None


class Passed(torch.autograd.Function):
    """A value that is already known (`holder`); backwards, relevance passes unchanged, element by element."""

    @staticmethod
    def forward(ctx, x: Tensor, holder: list[Tensor]) -> Tensor:
        return holder.pop()

    @staticmethod
    def backward(ctx, relevance: Tensor) -> tuple[Tensor, None]:
        return relevance, None


class Summed(torch.autograd.Function):
    """a + b of one shape; backwards, relevance is shared in proportion to a and b."""

    @staticmethod
    def forward(ctx, a: Tensor, b: Tensor) -> Tensor:
        total = a + b
        denominator = stabilised(total)
        ctx.save_for_backward(a / denominator, b / denominator)
        return total

    @staticmethod
    def backward(ctx, relevance: Tensor) -> tuple[Tensor, Tensor]:
        first, second = ctx.saved_tensors
        return relevance * first, relevance * second
