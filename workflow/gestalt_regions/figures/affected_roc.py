"""Affected at all? The ROC curve of the gestalt score, and the scores of each class."""

from __future__ import annotations

import os

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_table
from gestalt_regions.figures import style
from gestalt_regions.statistics.deepgestalt.affected import ALL, HALF

SPREAD = 0.28  # of the points of a class, in lines


def _curve(axes: plt.Axes, curve: pd.DataFrame, table: pd.DataFrame, control: str) -> None:
    """The curve of all syndromes with its bounds, and where a score of one half lies."""
    row = table[table["class"] == ALL].iloc[0]
    alarms = table.loc[table["class"] == control, "at_half"].iloc[0]
    axes.plot([0, 1], [0, 1], color="0.6", linewidth=0.8, linestyle="--")
    axes.fill_between(curve["false_alarms"], curve["low"], curve["high"], color="#0173B2", alpha=0.2, linewidth=0)
    bounds = f" [{row['low']:.3f}, {row['high']:.3f}]" if np.isfinite(row["low"]) else ""
    axes.plot(curve["false_alarms"], curve["sensitivity"], color="#0173B2", label=f"AUC {row['auc']:.3f}{bounds}")
    axes.plot(alarms, row["at_half"], "o", color="black", markersize=4, label=f"score above {HALF:g}")
    axes.set(xlim=(-0.01, 1), ylim=(0, 1.01), xlabel=f"{control} called affected", ylabel="affected called affected")
    axes.set_title(f"out of fold: {row['images']} affected, {row['unaffected']} unaffected images")
    axes.legend(loc="lower right", frameon=False)
    axes.spines[["top", "right"]].set_visible(False)


def _points(axes: plt.Axes, scores: pd.DataFrame, control: str) -> None:
    """The score of each image, a line for each class."""
    labels = [*sorted(set(scores["label"]) - {control}, key=lambda c: (c.casefold(), c)), control]
    colours = style.group_colours(labels, control)
    rng = np.random.default_rng(0)
    for place, label in enumerate(labels):
        values = scores.loc[scores["label"] == label, "score"].to_numpy(float)
        lines = place + rng.uniform(-SPREAD, SPREAD, len(values))
        axes.plot(values, lines, ".", markersize=3, color=colours[label], alpha=0.7, markeredgewidth=0)
        axes.vlines(np.median(values), place - 0.38, place + 0.38, color="black", linewidth=1)
    axes.axvline(HALF, color="0.6", linewidth=0.8, linestyle="--")
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.set(xlim=(-0.02, 1.02), xlabel=f"gestalt score, 1 - P({control})")
    axes.tick_params(axis="y", length=0)
    axes.set_title("score of each image; line: median")
    axes.spines[["top", "right", "left"]].set_visible(False)


def draw_affected(
    scores_path: str | os.PathLike,
    curve_path: str | os.PathLike,
    table_path: str | os.PathLike,
    output: str | os.PathLike,
    *,
    control: str,
    model: str,
) -> None:
    """Draw the ROC curve of the images of the folds beside the scores of each class.

    Parameters
    ----------
    scores_path, curve_path, table_path : str or path
        affected_scores.csv, affected_curve.csv, affected_roc.csv.
    output : str or path
        The figure, SVG or PNG by its suffix.
    control : str
        Label of the control class.
    model : str
        Name of the model, for the title.
    """
    style.apply()
    scores, curve, table = (
        read_table(path, ["set"], strings=["set", *text]).query("set == 'folds'")
        for path, text in ((scores_path, ["label"]), (curve_path, []), (table_path, ["class"]))
    )
    height = max(2.9, 1.0 + 0.28 * scores["label"].nunique())
    figure, axes = plt.subplots(1, 2, figsize=(style.WIDTH, height), layout="constrained")
    _curve(axes[0], curve, table, control)
    _points(axes[1], scores, control)
    simulated = "; simulated cohort" if table["simulated"].astype(str).eq("True").any() else ""
    figure.suptitle(f"{model}: affected at all{simulated}", fontsize=8)
    style.save(figure, output)
