"""Models that are aggregates of other models (config models.*.experts): checked, and completed with what follows."""

from __future__ import annotations

from collections.abc import Mapping

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.study.labelled_models import same_labels
from gestalt_regions.study.training_runs import all_runs, runs_of

OF_EXPERTS = ("backbone", "recipe", "options")


def fill_experts(config: dict, given: Mapping) -> None:
    """Give every aggregate the backbone of its experts, and no recipe and no options.

    Parameters
    ----------
    config : dict
        A config that its schemas accept, with defaults filled in; it is changed.
    given : mapping
        The same before that: what it says of an aggregate itself.

    Raises
    ------
    InputError
        For experts that are no models, that are aggregates themselves, or that differ in backbone or labels; and for an
        aggregate with a backbone, recipe or options of its own.
    """
    models = config["models"]
    for name, model in models.items():
        if "experts" not in model:
            continue
        where = f"config models.{name}.experts"
        for expert in model["experts"]:
            if expert not in models or expert == name:
                others = [other for other in models if other != name]
                raise InputError(f"{where}: no other model '{expert}'; {nearest(expert, others)}")
            if "experts" in models[expert]:
                raise InputError(f"{where}: '{expert}' is an aggregate itself; name its experts")
        experts = {expert: models[expert] for expert in model["experts"]}
        first, *others = experts
        for expert in others:
            if experts[expert]["backbone"] != experts[first]["backbone"]:
                raise InputError(f"{where}: '{expert}' and '{first}' have different backbones; they must have the same")
        filled = {"backbone": experts[first]["backbone"], "recipe": "", "options": {}}
        for key in OF_EXPERTS:
            if (said := given["models"][name].get(key, filled[key])) != filled[key]:
                raise InputError(f"config models.{name}.{key}: an aggregate has none of its own; take {said!r} out")
        model |= filled
        if labels := same_labels(where, experts, model.get("labels")):
            model["labels"] = labels


def experts_of(config: Mapping, network: str) -> list[str]:
    """Name the networks that an aggregate joins.

    Parameters
    ----------
    config : mapping
        The whole config.
    network : str
        Name of a training run of a model.

    Returns
    -------
    list of str
        The runs of the same number of its experts; empty for a model that is trained.
    """
    model, number = all_runs(config)[network]
    return [runs_of(config, expert)[number - 1] for expert in config["models"][model].get("experts", ())]
