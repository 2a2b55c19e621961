"""Accuracy of readers before and after the aid: a slope for each arm, a panel for each kind of face."""

from __future__ import annotations

import os

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

from gestalt_regions.core.io import read_table
from gestalt_regions.figures import style

ARMS = {"ai_alone": ("AI alone", "#0072B2", "o"), "ai_with_explanations": ("AI with explanations", "#D55E00", "s")}
FACES = {"all": "All faces", "ai_right": "Where the AI is right", "ai_wrong": "Where the AI is wrong"}
PHASES = ["accuracy_before", "accuracy_after"]
SHIFT = {"ai_alone": -0.04, "ai_with_explanations": 0.04}  # so that intervals do not hide each other


def of_simulated(table: pd.DataFrame) -> str:
    """What a title says where readers are simulated.

    Parameters
    ----------
    table : pandas.DataFrame
        With a column `simulated`.

    Returns
    -------
    str
        In brackets; empty where people answered.
    """
    return " (SIMULATED readers)" if table["simulated"].astype(str).eq("True").any() else ""


def bars(values: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Lengths of error bars; none where there is no interval.

    Parameters
    ----------
    values, low, high : numpy.ndarray
        [n].

    Returns
    -------
    numpy.ndarray
        [2, n].
    """
    return np.nan_to_num([values - low, high - values]).clip(0)


def _slope(axes: plt.Axes, part: pd.DataFrame, arm: str) -> None:
    label, colour, marker = ARMS[arm]
    rows = part.set_index("measure").loc[PHASES]
    values, low, high = (100 * rows[name].to_numpy(float) for name in ("value", "low", "high"))
    axes.errorbar(
        np.arange(2) + SHIFT[arm],
        values,
        yerr=bars(values, low, high),
        color=colour,
        marker=marker,
        markersize=4,
        linewidth=1.2,
        capsize=2,
        label=f"{label}: {int(rows['readers'].max())} readers",
    )


def draw_accuracy(table_path: str | os.PathLike, output: str | os.PathLike) -> None:
    """Draw the slopes.

    Parameters
    ----------
    table_path : path
        measures.csv.
    output : path
        The figure, SVG or PNG by its suffix.
    """
    style.apply()
    table = read_table(table_path, ["measure", "faces", "arm", "value", "low", "high", "shown_faces"])
    table = table[table["measure"].isin(PHASES)]
    figure, grid = plt.subplots(1, 3, figsize=(style.WIDTH, 2.8), sharey=True, layout="constrained")
    for axes, (kind, title) in zip(grid, FACES.items(), strict=True):
        part = table[table["faces"] == kind]
        for arm in ARMS:
            if part.loc[part["arm"] == arm, "value"].notna().any():
                _slope(axes, part[part["arm"] == arm], arm)
        axes.set(xlim=(-0.3, 1.3), ylim=(0, 100), xticks=[0, 1], xticklabels=["before", "after"])
        shown, drawn = part["shown_faces"].max(), part["drawn"].iloc[0]
        axes.set_title(f"{title}: {shown} faces\nintervals: {drawn} drawn", fontsize=7)
        axes.grid(axis="y", linewidth=0.3, color="0.9")
    grid[0].set_ylabel("right answers, per cent")
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    figure.suptitle(f"Right answers before and after the AI's answer is shown{of_simulated(table)}", fontsize=8)
    sns.despine(figure)
    style.save(figure, output)
