"""Reliance of readers on the network: shares by arm, and appropriateness of reliance (Schemmer et al., IUI 2023)."""

from __future__ import annotations

import os
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

from gestalt_regions.core.io import read_table
from gestalt_regions.figures import style
from gestalt_regions.figures.reader_accuracy import ARMS, bars, of_simulated

MEASURES = {
    "over_reliance": "Over-reliance:\ntakes over a wrong answer",
    "under_reliance": "Under-reliance:\ndoes not take over a right one",
}
SHIFT = {"ai_alone": -0.1, "ai_with_explanations": 0.1}


def _shares(axes: plt.Axes, table: pd.DataFrame) -> None:
    """Over- and under-reliance, a point with its interval for each arm."""
    for arm, (label, colour, marker) in ARMS.items():
        rows = table[table["arm"] == arm].set_index("measure").loc[list(MEASURES)]
        values, low, high = (100 * rows[name].to_numpy(float) for name in ("value", "low", "high"))
        place = np.arange(len(MEASURES)) + SHIFT[arm]
        look: dict[str, Any] = {"color": colour, "marker": marker, "markersize": 4, "capsize": 2, "linestyle": "none"}
        axes.errorbar(values, place, xerr=bars(values, low, high), label=label, **look)
        for x, y, count in zip(values, place, rows["answers"], strict=True):
            if np.isfinite(x):
                axes.annotate(f"n={count}", (x, y), (0, 4 if arm == "ai_alone" else -9), textcoords="offset points")
    axes.set(xlim=(0, 100), ylim=(len(MEASURES) - 0.5, -0.5), yticks=range(len(MEASURES)))
    axes.set_yticklabels(MEASURES.values())
    axes.set(xlabel="per cent of answers that differed from the AI's", title="Over- and under-reliance")
    axes.grid(axis="x", linewidth=0.3, color="0.9")


def _plane(axes: plt.Axes, table: pd.DataFrame) -> None:
    """RAIR against RSR, a point with both intervals for each arm."""
    for arm, (_, colour, marker) in ARMS.items():
        rows = table[table["arm"] == arm].set_index("measure").loc[["rsr", "rair"]]
        value, low, high = (100 * rows[name].to_numpy(float) for name in ("value", "low", "high"))
        reach = bars(value, low, high)
        look: dict[str, Any] = {"color": colour, "marker": marker, "markersize": 4, "capsize": 2}
        axes.errorbar(value[:1], value[1:], xerr=reach[:, [0]], yerr=reach[:, [1]], **look)
    axes.plot([100], [100], marker="*", color="0.4", markersize=7, clip_on=False)
    axes.set(xlim=(0, 100), ylim=(0, 100), aspect="equal", title="Appropriateness of reliance (star: best)")
    axes.set(xlabel="RSR: right at first, AI wrong:\nstays right, per cent")
    axes.set(ylabel="RAIR: wrong at first, AI right:\nbecomes right, per cent")
    axes.grid(linewidth=0.3, color="0.9")


def draw_reliance(table_path: str | os.PathLike, output: str | os.PathLike) -> None:
    """Draw both panels.

    Parameters
    ----------
    table_path : path
        measures.csv.
    output : path
        The figure, SVG or PNG by its suffix.
    """
    style.apply()
    table = read_table(table_path, ["measure", "arm", "value", "low", "high", "answers"])
    figure, (left, right) = plt.subplots(1, 2, figsize=(style.WIDTH, 2.9), layout="constrained", width_ratios=[1.35, 1])
    _shares(left, table)
    _plane(right, table)
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    figure.suptitle(f"Do readers rely on the AI where they should?{of_simulated(table)}", fontsize=8)
    sns.despine(figure)
    style.save(figure, output)
