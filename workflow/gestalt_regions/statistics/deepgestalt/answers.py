"""What the fold networks of a model answer: the probability of every class, for images of the folds and held out ones.

Each image of the folds has one answer, of the network that has not seen it. Each held-out image, and each of a further
test set, has one answer of every fold network; a number about it is the mean over them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_table
from gestalt_regions.statistics.table2 import load_predictions

SETS = {"folds": "out of fold", "heldout": "held out"}  # as in predictions.csv -> in words
PROBABILITY = "p_"  # how the columns of probabilities begin


@dataclass(frozen=True)
class Answers:
    """Answers of the networks of one model.

    Attributes
    ----------
    table : pandas.DataFrame
        [rows]: sample_id, fold, set, label, subject_id, kin_group; index 0, 1, ...
    probabilities : numpy.ndarray
        float64 [rows, classes], of sum one.
    classes : list of str
        As the columns of `probabilities`.
    """

    table: pd.DataFrame
    probabilities: np.ndarray
    classes: list[str]

    def where(self, rows: np.ndarray) -> Answers:
        """Some of the answers.

        Parameters
        ----------
        rows : numpy.ndarray
            A mask [rows].

        Returns
        -------
        Answers
            Those, in their order.
        """
        return replace(self, table=self.table[rows].reset_index(drop=True), probabilities=self.probabilities[rows])

    def of_set(self, kind: str) -> Answers:
        """The answers about one set.

        Parameters
        ----------
        kind : str
            Of SETS, or the name of a test set.

        Returns
        -------
        Answers
            Those.
        """
        return self.where((self.table["set"] == kind).to_numpy())

    @cached_property
    def images(self) -> pd.DataFrame:
        """The images, in the order of their first answers.

        Returns
        -------
        pandas.DataFrame
            sample_id, label, subject_id, kin_group.
        """
        columns = ["sample_id", "label", "subject_id", "kin_group"]
        return self.table.drop_duplicates("sample_id")[columns].reset_index(drop=True)

    @cached_property
    def codes(self) -> np.ndarray:
        """The place of each image's label among the classes.

        Returns
        -------
        numpy.ndarray
            int [images]; the number of classes where no network knows the label.
        """
        places = {name: place for place, name in enumerate(self.classes)}
        return self.images["label"].map(places).fillna(len(self.classes)).to_numpy(int)

    @cached_property
    def places(self) -> np.ndarray:
        """How many classes are at least as probable as each: of equals, the earlier one comes first.

        Returns
        -------
        numpy.ndarray
            int [rows, classes], 0 for the most probable.
        """
        order = np.argsort(-self.probabilities, axis=1, kind="stable")
        places = np.empty_like(order)
        np.put_along_axis(places, order, np.arange(order.shape[1])[None], axis=1)
        return places

    @property
    def networks(self) -> int:
        """How many networks answer about an image.

        Returns
        -------
        int
            1 for images of the folds.
        """
        return len(self.table) // max(1, len(self.images))

    def summed(self, values: np.ndarray) -> np.ndarray:
        """Values of the answers, summed over the networks that answer about an image.

        Parameters
        ----------
        values : numpy.ndarray
            [rows, ...].

        Returns
        -------
        numpy.ndarray
            float64 [images, ...].
        """
        where = pd.Index(self.images["sample_id"]).get_indexer(self.table["sample_id"])
        total = np.zeros((len(self.images), *values.shape[1:]))
        np.add.at(total, where, values)
        return total


def load_answers(paths: Sequence[str | os.PathLike], samples: pd.DataFrame) -> Answers:
    """Read the probabilities of all folds of one model.

    Parameters
    ----------
    paths : sequence of str or path
        predictions.csv of each fold, in their order.
    samples : pandas.DataFrame
        samples.csv.

    Returns
    -------
    Answers
        Of both sets.

    Raises
    ------
    InputError
        As `table2.load_predictions`, and where folds differ in their classes.
    """
    table = load_predictions(paths, samples)
    columns = ["sample_id", "fold", "set", "label", "subject_id", "kin_group"]
    parts, classes = [], []
    for path in paths:
        part = read_table(path, ["sample_id"], strings=["sample_id"]).filter(regex=f"^{PROBABILITY}")
        classes.append([name.removeprefix(PROBABILITY) for name in part.columns])
        if classes[-1] != classes[0] or not classes[0]:
            raise InputError(f"{path}: its classes (columns {PROBABILITY}*) are not those of {paths[0]}; train again")
        parts.append(part.to_numpy(float))
    return Answers(table[columns].reset_index(drop=True), np.concatenate(parts), classes[0])


def load_each(paths: Sequence[str | os.PathLike], samples: pd.DataFrame) -> dict[str, Answers]:
    """Read the answers of several models, each about its own images.

    Parameters
    ----------
    paths : sequence of str or path
        {model}/fold-{fold}/predictions.csv of every model and fold.
    samples : pandas.DataFrame
        samples.csv.

    Returns
    -------
    dict
        Model -> its answers.
    """
    of_model: dict[str, list] = {}
    for path in paths:
        of_model.setdefault(Path(path).parents[1].name, []).append(path)
    return {name: load_answers(files, samples) for name, files in of_model.items()}


def with_test_sets(answers: Answers, path: str | os.PathLike, listed: Mapping[str, pd.DataFrame]) -> Answers:
    """Put the answers about further test sets behind those about the study's images.

    Parameters
    ----------
    answers : Answers
        About the study's images.
    path : str or path
        test_sets.csv of the same model (models.test_set_answers).
    listed : mapping
        Test set -> its samples.csv.

    Returns
    -------
    Answers
        Both; `set` is the name of the test set, `sample_id` may be that of a held-out image in another set.

    Raises
    ------
    InputError
        Where the networks have other classes, or a sample is in no samples.csv.
    """
    table = read_table(path, ["set", "sample_id", "fold"], strings=["set", "sample_id", "fold"])
    found = table.filter(regex=f"^{PROBABILITY}")
    if [name.removeprefix(PROBABILITY) for name in found.columns] != answers.classes:
        raise InputError(
            f"{path}: its classes (columns {PROBABILITY}*) are not those of the predictions; make it again"
        )
    known = [samples.assign(set=name) for name, samples in listed.items()]
    columns = ["set", "sample_id", "label", "subject_id", "kin_group"]
    joined = table[["set", "sample_id", "fold"]].merge(
        pd.concat(known, ignore_index=True)[columns], on=["set", "sample_id"], how="left"
    )
    if (unknown := joined["label"].isna()).any():
        first = joined[unknown].iloc[0]
        raise InputError(f"{path}: '{first['sample_id']}' is not in samples.csv of {first['set']}; make both again")
    joined["fold"] = joined["fold"].astype(answers.table["fold"].dtype)
    both = pd.concat([answers.table, joined[answers.table.columns]], ignore_index=True)
    return replace(answers, table=both, probabilities=np.concatenate([answers.probabilities, found.to_numpy(float)]))


def load_models(
    paths: Sequence[str | os.PathLike],
    samples: pd.DataFrame,
    test_set_paths: Sequence[str | os.PathLike] = (),
    listed: Mapping[str, pd.DataFrame] | None = None,
) -> dict[str, Answers]:
    """Read the answers of several models about the same images.

    Parameters
    ----------
    paths : sequence of str or path
        {model}/fold-{fold}/predictions.csv of every model and fold.
    samples : pandas.DataFrame
        samples.csv.
    test_set_paths : sequence of str or path
        {model}/test_sets.csv of every model, where there are further test sets.
    listed : mapping, optional
        Test set -> its samples.csv.

    Returns
    -------
    dict
        Model -> its answers.

    Raises
    ------
    InputError
        Where a model was asked about other images than the first.
    """
    models = load_each(paths, samples)
    for path in test_set_paths:
        name = Path(path).parent.name
        models[name] = with_test_sets(models[name], path, listed or {})
    first = next(iter(models))
    for name, answers in models.items():
        for kind in [*SETS, *(listed or {})]:
            one, other = (each.of_set(kind).images["sample_id"] for each in (models[first], answers))
            if not one.equals(other):
                raise InputError(
                    f"the models '{first}' and '{name}' were asked about different images ({SETS.get(kind, kind)}); "
                    "train again"
                )
    return models
