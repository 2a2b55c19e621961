"""The specialised models of Gurovich et al. (2019): how often a network tells the genotypes of one syndrome.

Each model has images and labels of its own (config models.*.labels.column), so each is compared with chance and with
the larger label, not with another model. Intervals and permutations are those of `top_accuracy`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from gestalt_regions.core import io
from gestalt_regions.statistics.deepgestalt.answers import SETS, Answers, load_each
from gestalt_regions.statistics.deepgestalt.top_accuracy import reached_text, top_accuracy
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.toolkit.latex import booktabs
from gestalt_regions.statistics.toolkit.table_text import number

# columns of `top_accuracy` that are of comparisons, or of images without a face
LEFT_OUT = ["reference", "difference", "difference_low", "difference_high", "k"]
LEFT_OUT += ["excluded", "accuracy_of_all", "low_of_all", "high_of_all"]
UNITS = {"images": "sample_id", "people": "subject_id", "families": "kin_group"}


def label_counts(answers: Answers) -> pd.DataFrame:
    """How many images, people and families each label has, and how many are told right.

    Parameters
    ----------
    answers : Answers
        Of one model.

    Returns
    -------
    pandas.DataFrame
        set, label, images, people, families, right (images; held out: the mean over the fold networks). Labels that a
        set lacks have a row of zeros.
    """
    rows = []
    for kind in SETS:
        part = answers.of_set(kind)
        predicted = np.asarray(answers.classes)[part.places.argmin(axis=1)]
        right = part.summed((part.table["label"] == predicted).to_numpy(float)) / max(1, part.networks)
        for label in answers.classes:
            mine = part.images["label"] == label
            counts = {unit: part.images.loc[mine, column].nunique() for unit, column in UNITS.items()}
            rows.append({"set": kind, "label": label} | counts | {"right": right[mine.to_numpy()].sum()})
    return pd.DataFrame(rows)


def specialised_rows(
    name: str, answers: Answers, labels: Mapping, *, resamples: int, level: float, permutations: int, seed: int
) -> pd.DataFrame:
    """Top-1 accuracy of one model on both sets.

    Parameters
    ----------
    name : str
        The model.
    answers : Answers
        Its answers.
    labels : mapping
        column, within.
    resamples : int
        Of each bootstrap.
    level : float
        Of the intervals.
    permutations : int
        Of the labels.
    seed : int
        Seed of the study.

    Returns
    -------
    pandas.DataFrame
        column, within, labels (their number), majority (accuracy of always giving the label with most images), and the
        columns of `top_accuracy` but for LEFT_OUT; no row for a set without images.
    """
    rows = []
    for kind in SETS:
        table = top_accuracy(
            {name: answers},
            kind,
            top=[1],
            reference=name,
            resamples=resamples,
            level=level,
            permutations=permutations,
            seed=seed,
        )
        if len(table):
            most = answers.of_set(kind).images["label"].value_counts().max()
            table.insert(2, "majority", most / table["images"])
            rows.append(table.drop(columns=LEFT_OUT))
    table = pd.concat(rows, ignore_index=True)
    table.insert(2, "labels", len(answers.classes))
    table.insert(2, "within", ", ".join(labels.get("within", ())))
    table.insert(2, "column", labels["column"])
    return table


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each model and set."""
    shown = pd.DataFrame({"Model": table["model"], "Label": table["column"], "Set": table["set"].map(SETS)})
    for unit in ("images", "people", "groups"):
        shown[{"groups": "Families"}.get(unit, unit.capitalize())] = table[unit].astype(str)
    for title, column in (("Majority", "majority"), ("Chance", "chance"), ("Accuracy", "accuracy")):
        shown[title] = [number(100 * value, 1) for value in table[column]]
    for unit, title in (("images", "Images drawn"), ("groups", "Families drawn")):
        bounds = zip(table[f"low_{unit}"], table[f"high_{unit}"], strict=True)
        shown[title] = [f"[{number(100 * low, 1)}, {number(100 * high, 1)}]" for low, high in bounds]
    for unit in ("images", "people"):
        shown[f"p, {unit}"] = list(map(reached_text, table[f"p_{unit}"], table[f"reached_{unit}"]))
    return shown


def write_specialised(
    *,
    prediction_paths: Sequence[str],
    samples_path: str,
    csv_path: str,
    counts_path: str,
    tex_path: str,
    labels: Mapping[str, Mapping],
    resamples: int,
    level: float,
    permutations: int,
    seed: int,
) -> None:
    """Write gestalt_specialised.csv and .tex, and gestalt_specialised_labels.csv.

    Parameters
    ----------
    prediction_paths : sequence of str
        predictions.csv of every such model and fold.
    samples_path : str
        samples.csv.
    csv_path, counts_path, tex_path : str
        The table, the counts of labels, and the table for print.
    labels : mapping
        Model -> its labels: column, within.
    resamples : int
        Of each bootstrap.
    level : float
        Of the intervals.
    permutations : int
        Of the labels.
    seed : int
        Seed of the study.
    """
    samples = read.load_samples(samples_path, ())
    models = load_each(prediction_paths, samples)
    made = partial(specialised_rows, resamples=resamples, level=level, permutations=permutations, seed=seed)
    table = pd.concat([made(name, models[name], labels[name]) for name in models])
    counts = pd.concat([label_counts(answers).assign(model=name) for name, answers in models.items()])
    simulated = read.simulated_phrase(samples)
    io.write_table(table.assign(simulated=bool(simulated)), csv_path)
    counts.insert(0, "model", counts.pop("model"))
    io.write_table(counts.assign(simulated=bool(simulated)), counts_path)
    caption = (f"{simulated.capitalize()}. " if simulated else "") + (
        "Models with labels of their own, per cent: top-1 accuracy on the images that have a label."
    )
    notes = [
        f"Intervals of {level:.0%}, {resamples} resamples. p: {permutations} permutations of the labels of images, as "
        "published, and of people. Held out: mean over the fold networks.",
        "Majority: the accuracy of always giving the label with most images. Chance: the mean over permutations.",
    ]
    if simulated:
        notes.append("Simulated subtypes differ because their recipes do, and as much as these say.")
    shown = _shown(table)
    columns = "lll" + "r" * (shown.shape[1] - 3)
    io.write_text(booktabs(shown, caption, "tab:gestalt_specialised", notes, columns), tex_path)
