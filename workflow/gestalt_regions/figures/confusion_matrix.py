"""Figure 2b of Gurovich et al. (2019): the confusion matrix, images by their class and the predicted one."""

from __future__ import annotations

import os

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_table
from gestalt_regions.figures import style
from gestalt_regions.statistics.deepgestalt.answers import SETS
from gestalt_regions.statistics.deepgestalt.confusion_counts import count_text

CELL = 0.42  # inches
WRITTEN = 20  # classes, at most, whose cells hold numbers


def _panel(axes: plt.Axes, part: pd.DataFrame, title: str) -> None:
    """One matrix; the shade is the share of the row, so that rare classes show, too."""
    labels, predicted = part["label"].unique(), part["predicted"].unique()
    counts = part["images"].to_numpy(float).reshape(len(labels), len(predicted))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-12)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(predicted)), predicted, rotation=90)
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(length=0)
    axes.set(xlabel="predicted", ylabel="class", title=title)
    if len(predicted) <= WRITTEN:
        for row, column in zip(*np.nonzero(counts > 0), strict=True):
            shade = "white" if shares[row, column] > 0.55 else "black"
            axes.text(column, row, count_text(counts[row, column]), ha="center", va="center", fontsize=6.5, color=shade)


def draw_confusion(table_path: str | os.PathLike, output: str | os.PathLike, *, model: str) -> None:
    """Draw the confusion matrix of each set beside the other.

    Parameters
    ----------
    table_path : str or path
        confusion.csv.
    output : str or path
        The figure, SVG or PNG by its suffix.
    model : str
        Name of the model, for the title.
    """
    style.apply()
    text = ["set", "label", "predicted"]
    table = read_table(table_path, [*text, "images", "simulated"], strings=text)
    sets = list(table["set"].unique())
    side = 1.2 + CELL * min(WRITTEN, table["predicted"].nunique())
    figure, grid = plt.subplots(
        1, len(sets), figsize=(max(style.WIDTH * len(sets) / 2, side * len(sets)), side + 0.5), squeeze=False
    )
    figure.set_layout_engine("constrained")
    for axes, kind in zip(grid[0], sets, strict=True):
        part = table[table["set"] == kind]
        over = "; mean over the fold networks" if kind == "heldout" else ""
        _panel(axes, part, f"{SETS[kind]}\n{count_text(part['images'].sum())} images{over}")
    simulated = "; simulated cohort" if table["simulated"].astype(str).eq("True").any() else ""
    figure.suptitle(f"{model}: images by class; shade: share of the class{simulated}", fontsize=8)
    style.save(figure, output)
