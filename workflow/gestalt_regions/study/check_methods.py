"""Saliency methods of a config: their parameters and what they ask of each network, looked at before anything runs."""

from __future__ import annotations

from collections.abc import Mapping

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.models.backbones import backbone_of
from gestalt_regions.saliency.method_registry import explained_models, lacking, methods_of_study, resolve
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
    methods, further = config["saliency"]["methods"], config["saliency"]["further_methods"]
    for name in methods:
        if name in further:
            raise InputError(
                f"config saliency.further_methods: '{name}' is in saliency.methods too; take one of them out"
            )
    _check_pictured(config)
    for name, settings in methods_of_study(config).items():
        section = "methods" if name in methods else "further_methods"
        where = f"saliency.{section}.{name}"
        for key in explained_models(config):
            model = config["models"][key]
            network, named = backbone_of(model), f"models.{key}"
            registered, parameters = resolve(name, settings, network.size, section)
            if reason := lacking(registered, network.traits):
                raise InputError(f"config {where}: {reason}; {named} ({network.name}) has none")
            if "regions" in registered.takes and (asked := parameters.get("regions")):
                if asked not in (sets := config["coefficients"]["sets"]):
                    raise InputError(
                        f"config {where}.regions: '{asked}' is not in coefficients.sets; {nearest(asked, sets)}"
                    )
            if isinstance(layer := parameters.get(LAYER), str):
                check_layer(f"{where}.{LAYER}", layer, network, named, config["assets"]["local"])


def _check_pictured(config: Mapping) -> None:
    """Refuse a sheet of pictures (figures.counterfactual_sheet) of a method that stores none."""
    study = methods_of_study(config)
    pictured = [name for name, settings in study.items() if resolve(name, settings)[0].pictures]
    named = config["figures"]["counterfactual_sheet"]["method"]
    if named and named not in pictured:
        raise InputError(
            f"config figures.counterfactual_sheet.method: '{named}' is no method of the study that stores pictures; "
            f"{nearest(named, pictured) if pictured else 'the study has none'}"
        )
