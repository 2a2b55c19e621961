"""Layer-wise relevance propagation, layer by layer: what a linear layer computes, and the rules that share relevance.

Every rule here divides a unit's relevance among its inputs in proportion to some z_ij = x_i w_ij of its own choice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import torch
from torch import Tensor

EPSILON = 1e-6  # added to every denominator with its sign, as zennit does


@dataclass(frozen=True)
class Layer:
    """output = run(input, weight) + bias, `run` bilinear: a convolution, a dense layer, or a pooling (weight unused).

    Attributes
    ----------
    run : Callable
        run(input, weight) -> output.
    weight : Tensor or None
        [out, in / groups, ...].
    bias : Tensor or float
        Anything that broadcasts to the output.
    groups : int
        Of a convolution.
    """

    run: Callable[..., Tensor]
    weight: Tensor | None = None
    bias: Tensor | float = 0.0
    groups: int = 1

    def __call__(self, x: Tensor) -> Tensor:
        return self.run(x, self.weight) + self.bias

    def _weighted(self) -> Tensor:
        """The weight, of a layer that has one: no rule but epsilon is given a pooling."""
        if self.weight is None:
            raise TypeError("this layer has no weight")
        return self.weight

    def then(self, scale: Tensor, shift: Tensor) -> Layer:
        """This layer followed by y * scale + shift.

        Parameters
        ----------
        scale, shift : Tensor
            [out].

        Returns
        -------
        Layer
            One layer for both.
        """
        own_weight = self._weighted()
        weight = own_weight * scale.view(-1, *[1] * (own_weight.dim() - 1))
        channels = (1, -1) + (1,) * (own_weight.dim() - 2)
        return replace(self, weight=weight, bias=self.bias * scale.view(channels) + shift.view(channels))

    def after(self, scale: Tensor, shift: Tensor) -> Layer:
        """This layer preceded by x * scale + shift.

        The new bias has the size of the output: where a convolution pads with zeros, the shift is missing.

        Parameters
        ----------
        scale, shift : Tensor
            [1, in, ...] as its input.

        Returns
        -------
        Layer
            One layer for both.
        """
        weight = self._weighted()
        bias = self.bias + self.run(shift, weight)
        if weight.dim() == 2:
            return replace(self, weight=weight * scale, bias=bias)
        channels, inside = scale[0, :, 0, 0], weight.shape[1]
        scales = channels.view(self.groups, 1, inside).expand(-1, len(weight) // self.groups, -1)
        return replace(self, weight=weight * scales.reshape(len(weight), inside, 1, 1), bias=bias)

    def by_sign(self) -> tuple[Tensor, Tensor]:
        """The weight's positive and its negative part, zero elsewhere.

        Returns
        -------
        tuple of Tensor
            Shaped as the weight.
        """
        weight = self._weighted()
        return weight.clamp(min=0), weight.clamp(max=0)

    def ones(self) -> Tensor:
        """Weights of 1.

        Returns
        -------
        Tensor
            Shaped as the weight.
        """
        return torch.ones_like(self._weighted())


def stabilised(z: Tensor) -> Tensor:
    """Add EPSILON with the sign of each value, so that none is zero.

    Parameters
    ----------
    z : Tensor
        A denominator.

    Returns
    -------
    Tensor
        The shape of z.
    """
    return z + torch.where(z < 0, -EPSILON, EPSILON)


def share(
    layer: Layer, parts: Sequence[tuple[Tensor, Tensor | None]], bias: Tensor | float, relevance: Tensor
) -> Tensor:
    """The relevance shared in proportion to the z of all parts.

    What the bias and the stabiliser take of the denominator is not passed on.

    Parameters
    ----------
    layer : Layer
        How inputs and weights are joined.
    parts : Sequence of tuple
        (input, weight) each.
    bias : Tensor or float
        Part of the denominator.
    relevance : Tensor
        Of the output [n, out, ...].

    Returns
    -------
    Tensor
        The shape of an input.
    """
    inputs = [x.detach().requires_grad_(True) for x, _ in parts]
    with torch.enable_grad():
        z = cast(Tensor, sum(layer.run(x, weight) for x, (_, weight) in zip(inputs, parts, strict=True))) + bias
    gradients = torch.autograd.grad(z, inputs, relevance / stabilised(z.detach()))
    return cast(Tensor, sum(x.detach() * gradient for x, gradient in zip(inputs, gradients, strict=True)))


def _signed(x: Tensor, layer: Layer, same: bool) -> list[tuple[Tensor, Tensor]]:
    """Inputs and weights of the same (opposite) sign; one part is enough where no input is negative."""
    up, down = layer.by_sign()
    if not (x < 0).any():
        return [(x, up if same else down)]
    return [(x.clamp(min=0), up if same else down), (x.clamp(max=0), down if same else up)]


def _clamped(bias: Tensor | float, sign: int) -> Tensor | float:
    """The part of the bias that has the sign."""
    return bias if isinstance(bias, float) else bias.clamp(min=0) if sign > 0 else bias.clamp(max=0)


def epsilon(layer: Layer, x: Tensor, relevance: Tensor) -> Tensor:
    """In proportion to x w (Bach et al., 2015, equation 58).

    Parameters
    ----------
    layer : Layer
        The layer.
    x : Tensor
        Its input [n, in, ...].
    relevance : Tensor
        Of its output [n, out, ...].

    Returns
    -------
    Tensor
        The shape of x.
    """
    return share(layer, [(x, layer.weight)], layer.bias, relevance)


def zplus(layer: Layer, x: Tensor, relevance: Tensor) -> Tensor:
    """In proportion to the positive x w (alpha 1, beta 0); negative inputs of negative weights count.

    Parameters
    ----------
    layer : Layer
        The layer.
    x : Tensor
        Its input [n, in, ...].
    relevance : Tensor
        Of its output [n, out, ...].

    Returns
    -------
    Tensor
        The shape of x.
    """
    return share(layer, _signed(x, layer, True), _clamped(layer.bias, 1), relevance)


def excitation(layer: Layer, x: Tensor, relevance: Tensor) -> Tensor:
    """In proportion to the positive x w alone: a bias has no part (Zhang et al., 2018).

    Zhang et al. assume inputs that are not negative. Where one is (an image, a PReLU), negative inputs of negative
    weights count too, as in z+.

    Parameters
    ----------
    layer : Layer
        The layer.
    x : Tensor
        Its input [n, in, ...].
    relevance : Tensor
        Of its output [n, out, ...].

    Returns
    -------
    Tensor
        The shape of x.
    """
    return share(layer, _signed(x, layer, True), 0.0, relevance)


def excitations(layer: Layer, x: Tensor) -> Tensor:
    """The sum of the positive x w of each unit: what `excitation` divides by.

    Parameters
    ----------
    layer : Layer
        The layer.
    x : Tensor
        Its input [n, in, ...].

    Returns
    -------
    Tensor
        [n, out, ...], never negative.
    """
    return cast(Tensor, sum(layer.run(part, weight) for part, weight in _signed(x.detach(), layer, True)))


def alpha2beta1(layer: Layer, x: Tensor, relevance: Tensor) -> Tensor:
    """Twice in proportion to the positive x w, less once in proportion to the negative ones (Bach et al., equation 60).

    Parameters
    ----------
    layer : Layer
        The layer.
    x : Tensor
        Its input [n, in, ...].
    relevance : Tensor
        Of its output [n, out, ...].

    Returns
    -------
    Tensor
        The shape of x.
    """
    excites = share(layer, _signed(x, layer, True), _clamped(layer.bias, 1), relevance)
    return 2 * excites - share(layer, _signed(x, layer, False), _clamped(layer.bias, -1), relevance)


def flat(layer: Layer, x: Tensor, relevance: Tensor) -> Tensor:
    """Evenly among the inputs a unit sees (Lapuschkin et al., 2019).

    Parameters
    ----------
    layer : Layer
        The layer.
    x : Tensor
        Its input [n, in, ...].
    relevance : Tensor
        Of its output [n, out, ...].

    Returns
    -------
    Tensor
        The shape of x.
    """
    return share(layer, [(torch.ones_like(x), layer.ones())], 0.0, relevance)


Rule = Callable[[Layer, Tensor, Tensor], Tensor]  # (layer, its input, relevance of its output) -> that of its input
RULES: dict[str, Rule] = {rule.__name__: rule for rule in (epsilon, zplus, excitation, alpha2beta1, flat)}


class Shared(torch.autograd.Function):
    """A value that is already known; backwards, a rule shares the relevance of a layer."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, holder: list[Tensor], layer: Layer, rule: str) -> Tensor:
        """Give the known value.

        Parameters
        ----------
        ctx : object
            PyTorch's.
        x : Tensor
            The layer's input.
        holder : list of Tensor
            The value; emptied here.
        layer : Layer
            Whose relevance is shared.
        rule : str
            Of RULES.

        Returns
        -------
        Tensor
            The value.
        """
        ctx.save_for_backward(x)
        ctx.layer, ctx.rule = layer, RULES[rule]
        return holder.pop()

    @staticmethod
    def backward(ctx: Any, relevance: Tensor) -> tuple[Tensor, None, None, None]:
        """Share the relevance.

        Parameters
        ----------
        ctx : object
            PyTorch's.
        relevance : Tensor
            Of the output.

        Returns
        -------
        tuple
            That of the input, and None for what has no relevance.
        """
        return ctx.rule(ctx.layer, ctx.saved_tensors[0], relevance), None, None, None


class Passed(torch.autograd.Function):
    """A value that is already known; backwards, relevance passes unchanged, element by element."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, holder: list[Tensor]) -> Tensor:
        """Give the known value.

        Parameters
        ----------
        ctx : object
            PyTorch's.
        x : Tensor
            The input.
        holder : list of Tensor
            The value; emptied here.

        Returns
        -------
        Tensor
            The value.
        """
        return holder.pop()

    @staticmethod
    def backward(ctx: Any, relevance: Tensor) -> tuple[Tensor, None]:
        """Pass the relevance on.

        Parameters
        ----------
        ctx : object
            PyTorch's.
        relevance : Tensor
            Of the output.

        Returns
        -------
        tuple
            That of the input, and None.
        """
        return relevance, None


class Summed(torch.autograd.Function):
    """a + b of one shape; backwards, relevance is shared in proportion to what each adds."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, of_a: Tensor, of_b: Tensor) -> Tensor:
        """Add.

        Parameters
        ----------
        ctx : object
            PyTorch's.
        a, b : Tensor
            Of one shape.
        of_a, of_b : Tensor
            What each adds: a and b themselves, or their excitations.

        Returns
        -------
        Tensor
            a + b.
        """
        denominator = stabilised(of_a + of_b)
        ctx.save_for_backward(of_a / denominator, of_b / denominator)
        return a + b

    @staticmethod
    def backward(ctx: Any, relevance: Tensor) -> tuple[Tensor, Tensor, None, None]:
        """Share the relevance.

        Parameters
        ----------
        ctx : object
            PyTorch's.
        relevance : Tensor
            Of the sum.

        Returns
        -------
        tuple
            That of a and that of b, and None for what has no relevance.
        """
        first, second = ctx.saved_tensors
        return relevance * first, relevance * second, None, None
