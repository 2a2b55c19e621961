"""The registry of backbones: a decorated builder in a module of `models/architectures` each.

The decorators are read, not run (core.declared), so that the DAG is built without torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from gestalt_regions.core.declared import LAST, declared
from gestalt_regions.core.errors import InputError, nearest

if TYPE_CHECKING:
    from gestalt_regions.models.network import Preprocess, StagedNetwork

Build = TypeVar("Build", bound="Callable[[int, float, str, dict], tuple[StagedNetwork, Preprocess]]")

IDENTITIES = "identities"  # options.weights: what the workflow pretrains for the part (pretraining/identity_steps.py)
TRAITS = {
    "relu": "ReLU units",
    "prelu": "PReLU units",
    "relu6": "ReLU6 units",
    "batchnorm": "BatchNorm layers that are not merged into a convolution",
    "residual": "residual sums",
    "embedding": "one vector before the classifier, in which two faces can be compared",
    "feature_layer": "a linear layer that makes the embedding and can be trained alone",
    "stages": "stages whose output is a feature map, for methods that need a layer",
}


@dataclass(frozen=True)
class Backbone:
    """What the workflow must know of a backbone before it is built.

    Attributes
    ----------
    name : str
        As in config models.*.backbone.
    module, build : str
        Where its builder lives, and its name there; imported only when it is built.
    size : int
        Side of the crops it takes, pixels.
    paper, licence : str
        Where it comes from, and under which terms.
    traits : tuple of str
        Of TRAITS: what a saliency method may ask of it.
    asset : str
        The entry of resources/assets.yaml it is built from; "" if none.
    from_file : bool
        Whether its structure comes from the user's own file (options.weights), which must then be given.
    weights : str
        The file of this repository it is built from (weights, or what else it needs); "" if none.
    caution : str
        What a study of photographs must be told of it.
    layers : tuple of str
        Its stages with a feature map, in order; `map*` where the user's file says how many there are.
    options : tuple of str
        Which of config models.*.options it takes: architecture, weights, part.
    architectures : tuple of str
        What options.architecture may be.
    grey : bool
        Whether it takes grey pixels.
    """

    name: str
    module: str  # where its builder lives; imported only when it is built
    build: str  # the builder's name in that module
    size: int  # side of the crops it takes, pixels
    paper: str
    licence: str
    traits: tuple[str, ...]  # of TRAITS: what a saliency method may ask of it
    asset: str = ""  # the entry of resources/assets.yaml it is built from; "" if none
    from_file: bool = False  # its structure comes from the user's own file (options.weights), which must be given
    weights: str = ""  # the file of this repository it is built from; "" if none
    caution: str = ""  # what a study of photographs must be told of it
    layers: tuple[str, ...] = ()  # its stages with a feature map, in order; map* where the user's file says how many
    options: tuple[str, ...] = ()  # which of config models.*.options it takes
    architectures: tuple[str, ...] = ()  # what options.architecture may be
    grey: bool = False

    @property
    def stages(self) -> int | None:
        """Count its stages: those with a feature map, and the one that makes the embedding.

        Returns
        -------
        int or None
            None where the user's file says how many there are.
        """
        return None if self.from_file else len(self.layers) + 1

    @property
    def root(self) -> str:
        """The code that builds it, as a root of jobs.code_digest.

        Returns
        -------
        str
            Module and function.
        """
        return f"{self.module}:{self.build}"

    def has_layer(self, name: str) -> bool:
        """Tell whether a stage with a feature map has this name.

        Parameters
        ----------
        name : str
            A layer; "" is the last.

        Returns
        -------
        bool
            True if there is one, or if the user's file may have one.
        """
        return not name or any(fnmatchcase(name, layer) for layer in self.layers)


def register_backbone(
    name: str,
    *,
    size: int,
    paper: str,
    licence: str,
    traits: tuple[str, ...],
    asset: str = "",
    from_file: bool = False,
    weights: str = "",
    caution: str = "",
    layers: tuple[str, ...] = (),
    options: tuple[str, ...] = (),
    architectures: tuple[str, ...] = (),
    grey: bool = False,
    place: int = LAST,
) -> Callable[[Build], Build]:
    """Make a builder, `build(classes, dropout, asset, options) -> (StagedNetwork, Preprocess)`, the backbone `name`.

    Parameters
    ----------
    name : str
        What a config calls it.
    size : int
        Of Backbone, as are all below; literals.
    paper, licence, asset, weights, caution : str
        What it comes from, and what must be told of it.
    traits : tuple of str
        Of TRAITS.
    from_file : bool
        Whether its structure comes from the user's own file.
    layers, options, architectures : tuple of str
        Its layers (a backbone with the trait stages must name them), and what config models.*.options it takes.
    grey : bool
        Whether it takes grey pixels.
    place : int
        Where it stands in lists; without it: last.

    Returns
    -------
    Callable
        Gives the builder back as it is: what is said here is read, not run.
    """
    return lambda build: build


def _registered() -> dict[str, Backbone]:
    """Every decorated builder, by name."""
    backbones = {}
    for name, entry in declared("models/architectures", "register_backbone").items():
        facts = {key: value for key, value in entry.facts.items() if key != "place"}
        try:
            backbones[name] = Backbone(name, entry.module, entry.object, **facts)
        except TypeError as error:
            raise ValueError(f"{entry.where}: {error}") from None
        if unknown := set(backbones[name].traits) - set(TRAITS):
            raise ValueError(f"{entry.where}: no trait {', '.join(sorted(unknown))}; TRAITS has {', '.join(TRAITS)}")
        if "stages" in backbones[name].traits and not backbones[name].layers:
            raise ValueError(f"{entry.where}: it has the trait stages, so it must name them: layers=(...)")
    return backbones


BACKBONES = _registered()


def backbone(name: str) -> Backbone:
    """The registry's entry of a backbone.

    Parameters
    ----------
    name : str
        Of BACKBONES.

    Returns
    -------
    Backbone
        The entry.

    Raises
    ------
    InputError
        If there is none of this name.
    """
    if name not in BACKBONES:
        raise InputError(f"no backbone '{name}'; {nearest(name, BACKBONES)}")
    return BACKBONES[name]


def backbone_of(entry: Mapping) -> Backbone:
    """What the workflow must know of the network of a config's entry.

    Parameters
    ----------
    entry : mapping
        Of config models or matching.encoders.

    Returns
    -------
    Backbone
        The registry's entry; of an aggregate that of its experts, without what experts have each for itself: layers.

    Raises
    ------
    InputError
        If there is no backbone of this name.
    """
    network = backbone(entry["backbone"])
    if not entry.get("experts"):
        return network
    traits = tuple(trait for trait in network.traits if trait not in ("stages", "feature_layer"))
    return replace(network, name=f"experts of {network.name}", traits=traits, layers=(), options=())


def _built(
    build: Callable[[int, float, str, dict], tuple[StagedNetwork, Preprocess]],
    classes: int,
    dropout: float,
    asset: str,
    options: dict,
) -> tuple[StagedNetwork, Preprocess]:
    """A network, with a window where its options have a box."""
    from gestalt_regions.models.face_crop import see_part

    network, preprocess = build(classes, dropout, asset, options)
    if "box" in options:
        see_part(network, options["box"])
    return network, preprocess


def builder(name: str) -> Callable[[int, float, str, dict], tuple[StagedNetwork, Preprocess]]:
    """The function that builds a backbone.

    Parameters
    ----------
    name : str
        Of BACKBONES.

    Returns
    -------
    Callable
        build(classes, dropout, asset, options) -> (StagedNetwork, Preprocess). Where options have a box, the network
        sees that part of the face alone (`face_crop.see_part`).

    Raises
    ------
    InputError
        If there is no backbone of this name.
    """
    from importlib import import_module

    entry = backbone(name)
    build = getattr(import_module(entry.module), entry.build)

    return partial(_built, build)
