"""Figure 2b of Gurovich et al. (2019): how many images of each class are taken for each class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gestalt_regions.core import io
from gestalt_regions.statistics.deepgestalt.answers import SETS, Answers, load_answers
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.toolkit.latex import booktabs


def confusion_counts(answers: Answers) -> pd.DataFrame:
    """Images by their class and the predicted one, of both sets.

    Parameters
    ----------
    answers : Answers
        Of one model.

    Returns
    -------
    pandas.DataFrame
        set, label, predicted, images: of held-out images the mean over the fold networks, so that each image counts
        once. Every pair of classes has a row; classes keep the order of the network, labels it does not know come last.
    """
    rows = []
    for kind in SETS:
        part = answers.of_set(kind)
        if part.table.empty:
            continue
        known = part.table["label"].unique()
        labels = [name for name in answers.classes if name in known]
        labels += sorted(set(known) - set(labels))
        predicted = np.asarray(answers.classes)[part.places.argmin(axis=1)]
        counts = pd.crosstab(part.table["label"].to_numpy(), predicted) / part.networks
        counts = counts.reindex(index=labels, columns=answers.classes, fill_value=0.0)
        for label in labels:
            rows += [(kind, label, name, counts.loc[label, name]) for name in answers.classes]
    return pd.DataFrame(rows, columns=["set", "label", "predicted", "images"])


def count_text(count: float) -> str:
    """A number of images; a mean over networks has one decimal.

    Parameters
    ----------
    count : float
        0 or more.

    Returns
    -------
    str
        Such as `12` or `2.6`.
    """
    return f"{count:.0f}" if abs(count - round(count)) < 1e-9 else f"{count:.1f}"


def write_confusion(
    *, prediction_paths: Sequence[str], samples_path: str, csv_path: str, tex_path: str, model: str
) -> None:
    """Write confusion.csv and .tex.

    Parameters
    ----------
    prediction_paths : sequence of str
        predictions.csv of each fold.
    samples_path : str
        samples.csv.
    csv_path, tex_path : str
        The table for machines, and for print.
    model : str
        Name of the model.
    """
    samples = read.load_samples(samples_path, ())
    table = confusion_counts(load_answers(prediction_paths, samples))
    simulated = read.simulated_phrase(samples)
    io.write_table(table.assign(simulated=bool(simulated)), csv_path)
    parts = []
    for kind, part in table.groupby("set", sort=False):
        wide = part.pivot_table(index="label", columns="predicted", values="images", sort=False).map(count_text)
        wide.insert(0, "Class", wide.index)
        wide.insert(0, "Set", [SETS[kind], *[""] * (len(wide) - 1)])
        parts.append(wide)
    shown = pd.concat(parts, ignore_index=True)
    caption = (f"{simulated.capitalize()}. " if simulated else "") + (
        f"Images of each class (rows) that {model} takes for each class (columns)."
    )
    notes = ["Out of fold: each image by the network that has not seen it. Held out: mean over the fold networks."]
    columns = "ll" + "r" * (shown.shape[1] - 2)
    io.write_text(booktabs(shown, caption, "tab:confusion", notes, columns), tex_path)
