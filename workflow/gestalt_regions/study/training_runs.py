"""The same network trained several times (config folds.repeats): only the seed of its training differs.

The first run has the name of the model and the study's seed, as if it were alone; run 2 of `net` is called `net.run2`.
"""

from __future__ import annotations

from collections.abc import Mapping

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.seeds import derive
from gestalt_regions.saliency.method_registry import explained_models


def runs_of(config: Mapping, model: str) -> list[str]:
    """Name the training runs of a model.

    Parameters
    ----------
    config : mapping
        The whole config.
    model : str
        Name in config models.

    Returns
    -------
    list of str
        The model itself, then its further runs.
    """
    return [model, *(f"{model}.run{number}" for number in range(2, config["folds"]["repeats"] + 1))]


def all_runs(config: Mapping) -> dict[str, tuple[str, int]]:
    """List every training run of the study.

    Parameters
    ----------
    config : mapping
        The whole config.

    Returns
    -------
    dict
        Name -> model and number of the run, from 1.

    Raises
    ------
    InputError
        For a model that has the name of another's run.
    """
    runs: dict[str, tuple[str, int]] = {}
    for model in config["models"]:
        for number, name in enumerate(runs_of(config, model), start=1):
            if name in runs or (number > 1 and name in config["models"]):
                raise InputError(f"config models.{name}: run {number} of {model} has that name; give the model another")
            runs[name] = (model, number)
    return runs


def networks(config: Mapping) -> dict[str, dict]:
    """List the networks of the study, with every training run.

    Parameters
    ----------
    config : mapping
        The whole config.

    Returns
    -------
    dict
        Name -> entry of config models.
    """
    return {name: config["models"][model] for name, (model, _) in all_runs(config).items()}


def explained_networks(config: Mapping) -> dict[str, dict]:
    """List the networks whose answers are explained.

    Parameters
    ----------
    config : mapping
        The whole config.

    Returns
    -------
    dict
        Name -> entry of config models, of every training run of a model that is explained.
    """
    explained = explained_models(config)
    return {name: config["models"][model] for name, (model, _) in all_runs(config).items() if model in explained}


def training_seed(config: Mapping, name: str) -> int:
    """Give the seed of a training run: first weights of the classifier, order, dropout, augmentation, inner split.

    Parameters
    ----------
    config : mapping
        The whole config.
    name : str
        Name of the run, as `all_runs` has it.

    Returns
    -------
    int
        The study's seed for the first run.
    """
    number, seed = all_runs(config)[name][1], config["run"]["seed"]
    return seed if number == 1 else derive(seed, "training run", number)
