"""Top-1 accuracy of every model on every test set: a panel for each set, models in rows."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.lines import Line2D

from gestalt_regions.core.io import read_table
from gestalt_regions.figures import style
from gestalt_regions.statistics.deepgestalt.answers import SETS

COLUMNS = 3  # panels side by side
EXPERT, AGGREGATE, BEFORE = "#0072B2", "#D55E00", "0.72"  # after Okabe and Ito


def _points(axes: plt.Axes, part: pd.DataFrame, order: Sequence[str], colours: Mapping[str, str], shift: float) -> None:
    """A point with its interval for each model."""
    for row in part.itertuples():
        bars = 100 * np.nan_to_num([[row.accuracy - row.low_groups], [row.high_groups - row.accuracy]]).clip(0)
        axes.errorbar(
            100 * row.accuracy,
            order.index(row.model) + shift,
            xerr=bars,
            fmt="o" if np.isfinite(row.low_groups) else "D",
            markersize=3.5,
            linewidth=1.0,
            color=colours[row.model],
        )


def draw_test_sets(
    table_path: str | os.PathLike,
    output: str | os.PathLike,
    *,
    originals: Mapping[str, str],
    aggregates: Sequence[str],
) -> None:
    """Draw the accuracy of every model on the held-out and every further test set.

    Parameters
    ----------
    table_path : str or path
        gestalt_table2.csv.
    output : str or path
        The figure, SVG or PNG by its suffix.
    originals : mapping
        Test set -> the set that its images are occluded copies of; "" for a set of its own.
    aggregates : sequence of str
        Models that join experts.
    """
    style.apply()
    text = ["set", "model", "part"]
    numbers = ["k", "images", "excluded", "accuracy", "chance", "low_groups", "high_groups", "simulated"]
    table = read_table(table_path, [*text, *numbers], strings=text)
    table = table[table["k"] == table["k"].min()]
    of = {kind: table[table["set"] == kind] for kind in ["heldout", *originals]}
    of = {kind: part for kind, part in of.items() if len(part)}
    models = list(dict.fromkeys(table["model"]))
    order = [name for name in models if name in aggregates] + [name for name in models if name not in aggregates]
    colours = {name: AGGREGATE if name in aggregates else EXPERT for name in order}
    columns = min(COLUMNS, max(1, len(of)))
    lines = max(1, -(-len(of) // columns))
    figure, grid = plt.subplots(
        lines,
        columns,
        figsize=(max(3.6, 0.9 + 2.05 * columns), 0.7 + lines * (0.6 + 0.19 * len(order))),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for axes in grid.ravel()[len(of) :]:
        axes.set_axis_off()
    for axes in grid.ravel()[max(0, len(of) - columns) : len(of)]:  # the lowest of its column
        axes.tick_params(labelbottom=True)
    for axes, (kind, part) in zip(grid.ravel(), of.items(), strict=False):
        if originals.get(kind) in of:
            _points(axes, of[originals[kind]], order, dict.fromkeys(order, BEFORE), 0.22)
        _points(axes, part, order, colours, -0.1)
        axes.axvline(100 * part["chance"].mean(), color="0.5", linewidth=0.7, linestyle="--")
        count = f"{part['images'].iloc[0]} images"
        if part["excluded"].iloc[0]:
            count += f", {part['excluded'].iloc[0]} without a face"
        axes.set_title(f"{SETS.get(kind, kind)}\n{count}", fontsize=7)
        axes.set(ylim=(len(order) - 0.4, -0.6), yticks=range(len(order)), yticklabels=order, xlim=(0, 102))
        axes.grid(axis="y", linewidth=0.3, color="0.9")
        axes.set_axisbelow(True)
    keys = [Line2D([], [], marker="o", markersize=3.5, color=EXPERT, label="model")]
    if aggregates:
        keys.append(Line2D([], [], marker="o", markersize=3.5, color=AGGREGATE, label="mean of experts"))
    if any(originals.values()):
        keys.append(Line2D([], [], marker="o", markersize=3.5, color=BEFORE, label="without the occluder"))
    keys.append(Line2D([], [], color="0.5", linewidth=0.7, linestyle="--", label="chance"))
    figure.legend(handles=keys, loc="outside lower center", ncols=len(keys), frameon=False)
    sns.despine(figure)
    simulated = " (simulated cohort)" if table["simulated"].astype(str).eq("True").any() else ""
    figure.suptitle(f"Top-{table['k'].min()} accuracy on every test set, per cent{simulated}", fontsize=8)
    style.save(figure, output)
