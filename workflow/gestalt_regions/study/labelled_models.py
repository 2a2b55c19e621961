"""Models with labels of their own (config models.*.labels): set apart from the models of the study, and checked.

They have other classes than the study, and no control class. So they are no part of methods x models: only the tables
of DeepGestalt have them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from gestalt_regions.cohort.simulated.people.subtypes import SUBTYPE_COLUMN
from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.models.own_labels import check_own_classes, relabelled

# Columns of a simulated cohort that say what a person is
SIMULATED = ("sex", "ancestry")


def _check_form(where: str, labels: Mapping) -> None:
    """Either one class against others, or a column."""
    if ("positive" in labels) == ("column" in labels):
        raise InputError(f"{where} needs either positive (one class against others) or column (of the cohort's table)")
    for key, needs in (("negative", "positive"), ("within", "column")):
        if labels.get(key) and needs not in labels:
            raise InputError(f"{where}.{key} goes with {needs}; take it out, or name a {needs}")
    if labels.get("positive") in labels.get("negative", ()):
        raise InputError(f"{where}: '{labels['positive']}' is positive and negative; leave one out")


def take_labelled(config: dict) -> dict[str, dict]:
    """Take the models with labels of their own out of the models of the study.

    Parameters
    ----------
    config : dict
        A config that its schemas accept, its aggregates filled in (experts.py); it is changed.

    Returns
    -------
    dict
        Name -> entry.

    Raises
    ------
    InputError
        If no model is left, or what the labels are is not said in one way.
    """
    labelled = {name: model for name, model in config["models"].items() if model.get("labels")}
    for name, model in labelled.items():
        _check_form(f"config models.{name}.labels", model["labels"])
    config["models"] = {name: model for name, model in config["models"].items() if name not in labelled}
    if not config["models"]:
        raise InputError(
            "config models: all have labels of their own; the study needs one with the classes of its cohort"
        )
    return labelled


def _check_names(where: str, labels: Mapping, classes: Collection[str], columns: Collection[str]) -> None:
    """Classes and column exist, as far as the config of a simulated cohort tells."""
    asked = [labels["positive"], *labels.get("negative", ())] if "positive" in labels else labels.get("within", ())
    for name in asked:
        if name not in classes:
            raise InputError(f"{where}: no class '{name}' in the cohort; {nearest(name, classes)}")
    if (column := labels.get("column", SUBTYPE_COLUMN)) not in columns and "column" in labels:
        more = "; config cohort.subtypes makes it" if column == SUBTYPE_COLUMN else f"; {nearest(column, columns)}"
        raise InputError(f"{where}.column: the simulated cohort has no column '{column}'{more}")


def check_labelled(config: Mapping, labelled: Mapping[str, Mapping], samples: pd.DataFrame | None = None) -> None:
    """Refuse labels that the cohort cannot give, before anything runs.

    Parameters
    ----------
    config : mapping
        A valid config.
    labelled : mapping
        Of `take_labelled`.
    samples : pandas.DataFrame, optional
        samples.csv of a cohort that is read; without it, a simulated cohort's config tells.

    Raises
    ------
    InputError
        It names the model, and what is expected.
    """
    for name, model in labelled.items():
        where, labels = f"config models.{name}.labels", model["labels"]
        if samples is not None:
            check_own_classes(_with_most_folds(relabelled(samples, labels, where, samples)), where)
        elif config["cohort"]["kind"] == "synthetic":
            subtypes = [SUBTYPE_COLUMN] if config["cohort"].get("subtypes") else []
            _check_names(where, labels, config["cohort"]["classes"], [*SIMULATED, *subtypes])


def _with_most_folds(samples: pd.DataFrame) -> pd.DataFrame:
    """samples.csv as if each family were a fold: which folds they will have is not known yet."""
    family = samples["kin_group"].where(samples["kin_group"] != "", samples["subject_id"])
    return samples.assign(fold=family.where(samples["split"] != "heldout", "heldout"))


def binary_models(labelled: Mapping[str, Mapping]) -> dict[str, dict]:
    """Of the models with labels of their own, those that tell one class from others.

    Parameters
    ----------
    labelled : mapping
        Of `take_labelled`.

    Returns
    -------
    dict
        Name -> its labels.
    """
    return {name: dict(model["labels"]) for name, model in labelled.items() if "positive" in model["labels"]}


def specialised_models(labelled: Mapping[str, Mapping]) -> dict[str, dict]:
    """Of the models with labels of their own, those whose labels are a column.

    Parameters
    ----------
    labelled : mapping
        Of `take_labelled`.

    Returns
    -------
    dict
        Name -> its labels.
    """
    return {name: dict(model["labels"]) for name, model in labelled.items() if "column" in model["labels"]}


def same_labels(where: str, experts: Mapping[str, Mapping], said: Mapping | None) -> dict:
    """The labels that an aggregate has of its experts.

    Parameters
    ----------
    where : str
        The key that names the experts.
    experts : mapping
        Expert -> its entry.
    said : mapping or None
        Labels that the aggregate says itself.

    Returns
    -------
    dict
        Empty for those of the study.

    Raises
    ------
    InputError
        If experts differ in their labels, or the aggregate says others.
    """
    first, *others = experts
    labels = experts[first].get("labels", {})
    for other in others:
        if experts[other].get("labels", {}) != labels:
            raise InputError(f"{where}: '{other}' and '{first}' have different labels; they must have the same")
    if said and said != labels:
        raise InputError(f"{where.removesuffix('.experts')}.labels: not those of its experts ({first}); take them out")
    return labels
