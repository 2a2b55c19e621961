"""Saliency methods as functions of a fold's network, for measures that need maps of other images or other networks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gestalt_regions.evaluation.fold_networks import FoldNetwork
from gestalt_regions.saliency.engine import channel_sums
from gestalt_regions.saliency.explanation import attribution_of
from gestalt_regions.saliency.given_faces import GivenFaces
from gestalt_regions.saliency.method_registry import Method, resolve


@dataclass(frozen=True)
class MapMethod:
    """A saliency method as a function of a fold's network.

    Attributes
    ----------
    name : str
        Key of config saliency.methods.
    method : Method
        What it runs.
    parameters : dict
        All but the target.
    """

    name: str
    method: Method
    parameters: dict

    def __call__(
        self, network: FoldNetwork, x: Tensor, target: Tensor, seeds: Sequence[int], crops: Sequence[int]
    ) -> np.ndarray:
        """The maps of some images, as they are stored.

        Parameters
        ----------
        network : FoldNetwork
            The network that explains.
        x : Tensor
            Images [n, c, s, s].
        target : Tensor
            Classes [n].
        seeds : Sequence of int
            One for each image.
        crops : sequence of int
            Of which row of the stack of crops each image is, or is a changed copy.

        Returns
        -------
        ndarray
            Signed and absolute channel sums, float32 [n, 2, s, s].
        """
        parts = self._parts(network, x, target, seeds, crops)
        return np.concatenate([channel_sums(part, x.shape[3], network.explainer.seen) for part in parts])

    def attributions(
        self, network: FoldNetwork, x: Tensor, target: Tensor, seeds: Sequence[int], crops: Sequence[int]
    ) -> Tensor:
        """The attributions of some images, channel by channel.

        Parameters
        ----------
        network : FoldNetwork
            The network that explains.
        x : Tensor
            Images [n, c, s, s].
        target : Tensor
            Classes [n].
        seeds : Sequence of int
            One for each image.
        crops : sequence of int
            Of which row of the stack of crops each image is, or is a changed copy.

        Returns
        -------
        Tensor
            [n, c or 1, s, s]; those of a layer are coarser.
        """
        return torch.cat(list(self._parts(network, x, target, seeds, crops)))

    def _parts(
        self, network: FoldNetwork, x: Tensor, target: Tensor, seeds: Sequence[int], crops: Sequence[int]
    ) -> Iterator[Tensor]:
        """The attributions of a batch of images after the other."""
        step, numbers = network.explainer.batch, [int(row) for row in crops]
        for start in range(0, len(x), step):
            rows = slice(start, start + step)
            given = GivenFaces(network.faces, numbers[rows]) if network.faces else None
            result = self.method(network.explainer, x[rows], target[rows], seeds[rows], given, self.parameters)
            yield attribution_of(result).detach()

    def seeds(self, seed: int, fold: str, samples: Sequence[str]) -> list[int]:
        """The seeds with which the stored maps were made.

        Parameters
        ----------
        seed : int
            The study's.
        fold : str
            Whose network explains.
        samples : sequence of str
            Sample ids.

        Returns
        -------
        list of int
            In the order of the samples.
        """
        return self.method.seeds(seed, self.name, fold, samples)


def method_of(name: str, settings: dict[str, object]) -> MapMethod:
    """The saliency method that a config means.

    Parameters
    ----------
    name : str
        Key of config saliency.methods.
    settings : dict
        Its entry there.

    Returns
    -------
    MapMethod
        Its target is left to whoever calls it.
    """
    method, parameters = resolve(name, settings)
    del parameters["target"]
    return MapMethod(name, method, method.for_maps_alone(parameters))
