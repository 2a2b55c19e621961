"""What the networks of one model say of every face."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_table
from gestalt_regions.report.explorer.script_data import rounded

TEXT = ["sample_id", "set", "label", "predicted"]
DIGITS = 4


def read_answers(
    folder: Path, folds: Sequence[str], shown: Collection[str]
) -> tuple[list[str], dict[str, dict[str, list[float]]]]:
    """The probabilities that the networks give.

    Parameters
    ----------
    folder : Path
        results/{cohort}/{model}.
    folds : sequence of str
        The folds.
    shown : collection of str
        Sample ids of the faces that are shown; a large cohort has many others.

    Returns
    -------
    classes : list of str
        In the order of the probabilities.
    answers : dict
        Sample id -> fold -> probabilities. A face of the folds has the one network that has not seen it, a held-out
        face every network.
    """
    classes: list[str] = []
    answers: dict[str, dict[str, list[float]]] = {}
    for fold in folds:
        table = read_table(folder / f"fold-{fold}" / "predictions.csv", TEXT, strings=TEXT)
        columns = [name for name in table.columns if name.startswith("p_")]
        classes = [name.removeprefix("p_") for name in columns]
        table = table[table["sample_id"].isin(shown)]
        for sample, values in zip(table["sample_id"], table[columns].to_numpy(float), strict=True):
            answers.setdefault(sample, {})[fold] = values.tolist()
    return classes, answers


def summary(
    faces: pd.DataFrame, classes: Sequence[str], answers: dict[str, dict[str, list[float]]]
) -> dict[str, list[object]]:
    """The answer for every face: of several networks, the mean of their probabilities.

    Parameters
    ----------
    faces : pandas.DataFrame
        As from `face_list.list_faces`.
    classes : sequence of str
        In the order of the probabilities.
    answers : dict
        As from `read_answers`.

    Returns
    -------
    dict
        Of each face: predicted (number of the class with the highest probability; -1: no answer), top (its probability)
        and own (the probability of the face's label, None where the networks do not know it).
    """
    predicted: list[object] = []
    top: list[object] = []
    own: list[object] = []
    place = {name: number for number, name in enumerate(classes)}
    for sample, label in zip(faces["sample_id"], faces["label"], strict=True):
        if sample not in answers:
            predicted.append(-1)
            top.append(None)
            own.append(None)
            continue
        mean = np.mean(list(answers[sample].values()), axis=0)
        predicted.append(int(mean.argmax()))
        top.append(rounded(mean.max(), DIGITS))
        own.append(rounded(mean[place[label]], DIGITS) if label in place else None)
    return {"predicted": predicted, "top": top, "own": own}


def of_face(answer: dict[str, list[float]]) -> dict[str, list[object]]:
    """The probabilities of one face by network.

    Parameters
    ----------
    answer : dict
        Fold -> probabilities.

    Returns
    -------
    dict
        Fold -> probabilities, four digits each.
    """
    return {fold: [rounded(value, DIGITS) for value in values] for fold, values in answer.items()}
