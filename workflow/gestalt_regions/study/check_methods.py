"""Saliency methods of a config: their parameters and what they ask of each network, looked at before anything runs."""

from __future__ import annotations

from collections.abc import Mapping

from gestalt_regions.core.errors import InputError
from gestalt_regions.models.backbones import backbone
from gestalt_regions.saliency.method_registry import lacking, resolve
from gestalt_regions.saliency.parameter_ranges import LAYER
from gestalt_regions.study.check_networks import check_layer


def check_methods(config: Mapping) -> None:
    """Refuse methods with parameters out of their range, and those that a network of the study cannot have.

    Parameters
    ----------
    config : mapping
        A config that its schemas accept.

    Raises
    ------
    InputError
        It names the key, its value, and what is expected.
    """
    for name, settings in config["saliency"]["methods"].items():
        where = f"saliency.methods.{name}"
        for key, model in config["models"].items():
            network, named = backbone(model["backbone"]), f"models.{key}"
            registered, parameters = resolve(name, settings, network.size)
            if reason := lacking(registered, network.traits):
                raise InputError(f"config {where}: {reason}; {named} ({network.name}) has none")
            if isinstance(layer := parameters.get(LAYER), str):
                check_layer(f"{where}.{LAYER}", layer, network, named, config["assets"]["local"])
