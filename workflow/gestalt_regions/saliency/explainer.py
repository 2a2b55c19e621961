"""What every saliency method is given: the network, its differentiable score, and the batch size it may use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from gestalt_regions.models.merge import merged
from gestalt_regions.models.network import Preprocess, Seen, StagedNetwork
from gestalt_regions.models.precision import in_precision
from gestalt_regions.saliency.answering_pass import Answered, Plain, Way


class Explainer:
    """Wraps a network in evaluation mode whose weights need no gradient.

    Plain gradients take the quicker `merged` network; what looks at layers (`score`) takes the network as it is.

    Parameters
    ----------
    network : StagedNetwork
        The network.
    batch : int
        Images that may pass it together.
    preprocess : Preprocess, optional
        What makes its input of photographs, for methods that are given any.
    precision : {"float32", "bfloat16"}
        What `network` and `merged` compute in (models/precision.py); `exact` is float32 in any case.
    """

    def __init__(
        self,
        network: StagedNetwork,
        batch: int,
        preprocess: Preprocess | None = None,
        precision: str = "float32",
    ) -> None:
        self.whole, self.batch, self.preprocess, self.precision = network, batch, preprocess, precision
        self._kept: tuple[Way, Tensor, Answered] | None = None

    @contextmanager
    def not_below(self, precision: str) -> Iterator[None]:
        """Inside, networks compute in no lower precision than this one.

        Parameters
        ----------
        precision : {"float32", "bfloat16"}
            Such as what a method declares.

        Yields
        ------
        None
            Afterwards all is as before.
        """
        before = self.precision
        self.precision = precision if precision == "float32" else before
        try:
            yield
        finally:
            self.precision = before

    @cached_property
    def _half(self) -> tuple[StagedNetwork, StagedNetwork]:
        """The network and the merged one in bfloat16."""
        return in_precision(self.whole, "bfloat16"), in_precision(self.exact, "bfloat16")

    @property
    def network(self) -> StagedNetwork:
        """The network as it is, in the precision.

        Returns
        -------
        StagedNetwork
            All its layers are there.
        """
        return self.whole if self.precision == "float32" else self._half[0]

    def input(self, photographs: np.ndarray) -> Tensor:
        """Photographs as the network takes them, on its device.

        Parameters
        ----------
        photographs : ndarray
            uint8 [n, s, s, 3], RGB.

        Returns
        -------
        Tensor
            [n, c, s, s].

        Raises
        ------
        ValueError
            If this explainer was not told how photographs become inputs.
        """
        if self.preprocess is None:
            raise ValueError("this explainer has no preprocess, and a method wants to show the network photographs")
        return self.preprocess(photographs, next(self.whole.parameters()).device)

    @property
    def seen(self) -> Seen:
        """What the network's feature maps are of.

        Returns
        -------
        tuple of float
            Left, top, right, bottom, as shares of the image's sides (StagedNetwork.seen).
        """
        return self.whole.seen

    @cached_property
    def exact(self) -> StagedNetwork:
        """The same function with BatchNorms merged into convolutions, in float32: what a face is recognised by.

        Returns
        -------
        StagedNetwork
            A copy, made once.
        """
        return merged(self.whole)

    @property
    def merged(self) -> StagedNetwork:
        """The same function with BatchNorms merged into convolutions, in the precision.

        Returns
        -------
        StagedNetwork
            `exact` itself for float32.
        """
        return self.exact if self.precision == "float32" else self._half[1]

    def answers(self, x: Tensor, way: Way | None = None) -> Tensor:
        """Logits in float32, whatever the precision. The pass is kept until `passed` asks for it, if it can be of use.

        Parameters
        ----------
        x : Tensor
            Images [n, c, s, s].
        way : Way, optional
            How a method passes the same images afterwards.

        Returns
        -------
        Tensor
            [n, classes], without history.
        """
        if way is None or self.precision != "float32":
            with torch.no_grad():
                return self.exact(x)
        self._kept = way, x, way(self, x)
        return self._kept[2].logits.detach()

    def _take(self, way: Way, x: Tensor) -> Answered | None:
        """The pass that `answers` kept of these very images, if it went the same way. It is given once."""
        kept, self._kept = self._kept, None
        return kept[2] if kept and kept[0] == way and kept[1] is x and self.precision == "float32" else None

    def passed(self, way: Way, x: Tensor) -> Answered:
        """A forward pass of images; the one that `answers` kept, or another.

        Parameters
        ----------
        way : Way
            How they pass.
        x : Tensor
            Images [n, c, s, s].

        Returns
        -------
        Answered
            Which can go back once.
        """
        return self._take(way, x) or way(self, x)

    def score(self, x: Tensor, target: Tensor) -> Tensor:
        """Target logits.

        Parameters
        ----------
        x : Tensor
            Images [n, 3, s, s].
        target : Tensor
            Classes [n].

        Returns
        -------
        Tensor
            [n], differentiable.
        """
        return self.network(x).gather(1, target[:, None])[:, 0]

    def gradient(self, x: Tensor, target: Tensor) -> Tensor:
        """d score / d x; images do not influence each other.

        Parameters
        ----------
        x : Tensor
            Images [n, 3, s, s].
        target : Tensor
            Classes [n].

        Returns
        -------
        Tensor
            The shape of x.
        """
        return self.passed(Plain(), x).gradient(target)

    def activation(self, x: Tensor, layer: str, passed: Answered | None = None) -> Tensor:
        """The output of a stage.

        Parameters
        ----------
        x : Tensor
            Images [n, 3, s, s].
        layer : str
            The stage; "" is the last one with a feature map.
        passed : Answered, optional
            A pass of these images; without it that which `answers` kept for a layer, or one as far as the stage.

        Returns
        -------
        Tensor
            [n, c, h, w], without history.
        """
        number, passed = self.whole.layer(layer), passed or self._take(Plain(gradient=False), x)
        known = passed.stage(number) if passed else None
        if known is not None:
            return known
        with torch.no_grad():
            return self.merged.run(x, stop=number + 1)

    def _from_layer(
        self, x: Tensor, layer: str, score: Callable[[Tensor, int], Tensor], passed: Answered | None = None
    ) -> tuple[Tensor, Tensor]:
        """Activation of the named stage, and the gradient there of score(activation, next stage)."""
        cut = self.whole.layer(layer) + 1
        activation = self.activation(x, layer, passed).requires_grad_(True)
        gradient = torch.autograd.grad(score(activation, cut), activation)[0]
        return activation.detach(), gradient

    def layer_gradient(
        self, x: Tensor, target: Tensor, layer: str, passed: Answered | None = None
    ) -> tuple[Tensor, Tensor]:
        """Activation of a stage and d score / d activation.

        Parameters
        ----------
        x : Tensor
            Images [n, 3, s, s].
        target : Tensor
            Classes [n].
        layer : str
            The stage; "" is the last one with a feature map.
        passed : Answered, optional
            As `activation`.

        Returns
        -------
        tuple of Tensor
            Both [n, c, h, w].
        """

        def _score(activation: Tensor, cut: int) -> Tensor:
            return self.merged.tail(activation, cut).gather(1, target[:, None]).sum()

        return self._from_layer(x, layer, _score, passed)

    def embedding_gradient(self, x: Tensor, layer: str) -> tuple[Tensor, Tensor]:
        """Activation of a stage and d (half the squared length of the embedding) / d activation.

        Parameters
        ----------
        x : Tensor
            Images [n, 3, s, s].
        layer : str
            The stage; "" is the last one with a feature map.

        Returns
        -------
        tuple of Tensor
            Both [n, c, h, w].
        """
        return self._from_layer(x, layer, lambda a, cut: self.merged.run(a, cut).square().sum() / 2)

    def similarity_gradient(self, x: Tensor, others: Tensor, layer: str, held: bool) -> tuple[Tensor, Tensor]:
        """Activation of a stage and d cosine(embedding, other) / d activation.

        Parameters
        ----------
        x : Tensor
            Images [n, 3, s, s].
        others : Tensor
            Unit vectors [n, d].
        layer : str
            The stage; "" is the last one with a feature map.
        held : bool
            Whether the embedding's own length is taken as fixed, so that the gradient says what makes up the cosine,
            not how to raise it (that gradient is zero where two embeddings are equal).

        Returns
        -------
        tuple of Tensor
            Both [n, c, h, w].
        """

        def _cosine(activation: Tensor, cut: int) -> Tensor:
            embedding = self.merged.run(activation, cut)
            length = embedding.norm(dim=1)
            return ((embedding * others).sum(1) / (length.detach() if held else length)).sum()

        return self._from_layer(x, layer, _cosine)

    def in_batches(self, function: Callable[..., Tensor], *tensors: Tensor) -> Tensor:
        """Concatenate a function's values over slices of at most `batch` rows.

        Parameters
        ----------
        function : Callable
            Takes a slice of each tensor.
        *tensors : Tensor
            Of one length.

        Returns
        -------
        Tensor
            One row for each row of the tensors.
        """
        if len(tensors[0]) <= self.batch:
            return function(*tensors)  # these very tensors, whose pass may be kept
        parts = zip(*(t.split(self.batch) for t in tensors), strict=True)
        return torch.cat([function(*part) for part in parts])
