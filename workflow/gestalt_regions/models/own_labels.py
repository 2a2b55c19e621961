"""Labels of a model's own (config models.*.labels): one class told from others, or a column of the cohort's table.

Folds stay those of the study. So each image is judged by a network that has not seen its person.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

import pandas as pd

from gestalt_regions.cohort.age_and_sex import UNKNOWN
from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_table
from gestalt_regions.folds.united_groups import united_groups

log = logging.getLogger("gestalt_regions")


def negative_label(positive: str) -> str:
    """The label of all that is told from a class.

    Parameters
    ----------
    positive : str
        The class.

    Returns
    -------
    str
        Such as `not Angelman`.
    """
    return f"not {positive}"


def values_of_column(samples: pd.DataFrame, column: str, where: str) -> pd.Series:
    """The labels that a column of the cohort's table gives.

    Parameters
    ----------
    samples : pandas.DataFrame
        samples.csv.
    column : str
        The column.
    where : str
        What names it, for messages, such as `config models.noonan.labels`.

    Returns
    -------
    pandas.Series
        Text, index sample_id; "" where the table says nothing, or that it is not known.

    Raises
    ------
    InputError
        For a column that is not there, values that differ in capitals only, and a person with two values.
    """
    if column not in samples:
        near = nearest(column, samples.columns)
        raise InputError(f"{where}.column: no column '{column}' in the cohort's table; {near}")
    text = samples[column].astype(str).where(samples[column].notna(), "").str.strip()
    text = text.where(~text.str.casefold().isin(UNKNOWN), "")
    names: dict[str, str] = {}
    for value in text[text != ""].unique():
        if (other := names.setdefault(value.casefold(), value)) != value:
            raise InputError(f"{where}.column: {column} is '{other}' and '{value}'; write one label in one way")
    filled = text != ""
    pairs = pd.DataFrame({"person": samples["subject_id"], "value": text})[filled].drop_duplicates()
    if (several := pairs["person"].duplicated()).any():
        person = pairs.loc[several, "person"].iloc[0]
        said = ", ".join(sorted(pairs.loc[pairs["person"] == person, "value"]))
        raise InputError(f"{where}.column: {column} of the person '{person}' is {said}; a person has one label")
    return text.set_axis(samples["sample_id"])


def relabelled(table: pd.DataFrame, labels: Mapping, where: str, samples: pd.DataFrame | None = None) -> pd.DataFrame:
    """The images that have a label of the model, with that label.

    Parameters
    ----------
    table : pandas.DataFrame
        sample_id and label, and more that is kept.
    labels : mapping
        Config models.*.labels: positive and negative, or column and within.
    where : str
        Of `values_of_column`.
    samples : pandas.DataFrame, optional
        samples.csv, where a column gives the labels.

    Returns
    -------
    pandas.DataFrame
        Some of the rows, in their order.

    Raises
    ------
    InputError
        As `values_of_column`, and for a class that no image has.
    """
    asked = [labels["positive"], *labels.get("negative", ())] if "positive" in labels else labels.get("within", ())
    known = sorted(table["label"].unique())
    for name in asked:
        if name not in known:
            raise InputError(f"{where}: no image of the study is '{name}'; {nearest(name, known)}")
    if "positive" in labels:
        positive, negative = labels["positive"], labels.get("negative", ())
        table = table[table["label"].isin([positive, *negative])] if negative else table
        return table.assign(label=table["label"].where(table["label"] == positive, negative_label(positive)))
    if samples is None:
        raise InputError(f"{where}.column needs samples.csv")
    values = table["sample_id"].map(values_of_column(samples, labels["column"], where)).fillna("")
    chosen = values != ""
    if labels.get("within"):
        chosen &= table["label"].isin(labels["within"])
    return table.assign(label=values)[chosen]


def check_own_classes(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Refuse labels that the folds cannot train and judge.

    Parameters
    ----------
    table : pandas.DataFrame
        Of `relabelled`: label, subject_id, kin_group, fold.
    where : str
        What names the labels, for messages.

    Returns
    -------
    pandas.DataFrame
        Its rows without held-out images of labels that no fold has.

    Raises
    ------
    InputError
        For less than two labels in the folds, or one whose people are all in one fold: the network that judges them
        would not know it.
    """
    inside = table[table["fold"] != "heldout"]
    counts = inside["label"].value_counts().sort_index()
    if len(counts) < 2:
        named = f"only '{counts.index[0]}'" if len(counts) else "no label"
        raise InputError(f"{where}: the images of the folds have {named}; a network needs two labels or more")
    families = inside.assign(family=united_groups(inside["subject_id"], inside["kin_group"])).groupby("label")
    folds = inside.groupby("label")["fold"].nunique()
    for label in counts.index:
        if folds[label] < 2:
            raise InputError(
                f"{where}: all {counts[label]} images of '{label}' (families: {families['family'].nunique()[label]}) "
                "are in one fold, so the network that judges them would not know the label; add people of another "
                "family, or leave their label empty"
            )
    return table[table["label"].isin(counts.index)]


def own_table(table: pd.DataFrame, labels: Mapping, fold: str, model: str, samples_path: str = "") -> pd.DataFrame:
    """The images that a model with labels of its own is trained and judged on; warnings say what is missing.

    Parameters
    ----------
    table : pandas.DataFrame
        As `fold_table.fold_table` reads it.
    labels : mapping
        Config models.*.labels.
    fold : str
        The fold that is judged.
    model : str
        Name of the model, for messages.
    samples_path : str
        samples.csv, where a column gives the labels.

    Returns
    -------
    pandas.DataFrame
        Some of its rows, with other labels.

    Raises
    ------
    InputError
        As `relabelled` and `check_own_classes`, and if no image of the fold has a label.
    """
    where = f"config models.{model}.labels"
    keys, samples = ["sample_id", "subject_id"], None
    if "column" in labels:
        samples = read_table(samples_path, keys, strings=[*keys, labels["column"]])
    every = relabelled(table, labels, where, samples)
    table = check_own_classes(every, where)
    inside = table[table["fold"] != "heldout"]
    if unknown := sorted(set(every["label"]) - set(inside["label"])):
        log.warning("%s: held out only, so no network learns them and they are left out: %s", where, ", ".join(unknown))
    folds = inside.groupby("label")["fold"].nunique()
    if few := [f"{label} ({count} of {folds.max()})" for label, count in folds.items() if count < folds.max()]:
        log.warning("%s: labels without an image in some folds: %s", where, ", ".join(few))
    if fold not in set(inside["fold"]):
        raise InputError(f"{where}: no image of fold {fold} has a label; add people who have one, or lower folds.n")
    return table
