"""Reliability diagram: accuracy of the answers of each bin of confidence, before and after calibration."""

from __future__ import annotations

import os

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

from gestalt_regions.core.io import read_table
from gestalt_regions.figures import style
from gestalt_regions.statistics.deepgestalt.answers import SETS

PANEL = (3.3, 3.5)  # inches


def _panel(axes: plt.Axes, below: plt.Axes, part: pd.DataFrame, sums: pd.DataFrame) -> None:
    """Accuracy against confidence with the diagonal; beneath, the share of the answers in each bin."""
    axes.plot([0, 1], [0, 1], color="0.6", linewidth=0.8, linestyle="--", zorder=0)
    colours = sns.color_palette("colorblind", n_colors=2)
    for place, ((stage, cell), colour) in enumerate(zip(part.groupby("stage", sort=False), colours, strict=False)):
        error = sums.loc[sums["stage"] == stage, "ece"].iloc[0]
        x, y = cell["confidence"].to_numpy(float), cell["accuracy"].to_numpy(float)
        axes.vlines(x, cell["low"], cell["high"], color=colour, linewidth=0.8, alpha=0.6)
        marker = "os"[place]
        axes.plot(x, y, marker=marker, markersize=3.5, linewidth=1, color=colour, label=f"{stage}, ECE {error:.3f}")
        centres = (cell["bin_low"] + cell["bin_high"]).to_numpy(float) / 2
        width = float(cell["bin_high"].iloc[0] - cell["bin_low"].iloc[0]) * 0.4
        share = cell["answers"].to_numpy(float) / cell["answers"].sum()
        below.bar(centres + (place - 0.5) * width, share, width=width, color=colour)
    axes.set(xlim=(0, 1), ylim=(-0.02, 1.02), ylabel="share that is right", xticks=np.linspace(0, 1, 6))
    axes.tick_params(labelbottom=False)
    axes.legend(loc="upper left", framealpha=0.85, edgecolor="none")
    below.set(xlim=(0, 1), xlabel="confidence: the largest probability", ylabel="share of answers")
    axes.set_title(f"{SETS[part['set'].iloc[0]]}, {sums['images'].iloc[0]} images")
    sns.despine(ax=axes)
    sns.despine(ax=below)


def draw_reliability(
    bins_path: str | os.PathLike, summary_path: str | os.PathLike, output: str | os.PathLike, *, model: str
) -> None:
    """Draw a reliability diagram of each set.

    Parameters
    ----------
    bins_path, summary_path : str or path
        reliability_bins.csv, reliability.csv.
    output : str or path
        The figure, SVG or PNG by its suffix.
    model : str
        Name of the model, for the title.
    """
    style.apply()
    bins = read_table(bins_path, ["set", "stage", "confidence", "accuracy", "low", "high"], strings=["set", "stage"])
    sums = read_table(summary_path, ["set", "stage", "images", "ece", "simulated"], strings=["set", "stage"])
    sets = list(bins["set"].unique())
    figure, grid = plt.subplots(
        2,
        len(sets),
        figsize=(PANEL[0] * len(sets), PANEL[1]),
        squeeze=False,
        layout="constrained",
        height_ratios=[3, 1],
        sharey="row",
    )
    for place, kind in enumerate(sets):
        _panel(grid[0][place], grid[1][place], bins[bins["set"] == kind], sums[sums["set"] == kind])
        if place:
            grid[0][place].set_ylabel("")
            grid[1][place].set_ylabel("")
    simulated = "; simulated cohort" if sums["simulated"].astype(str).eq("True").any() else ""
    figure.suptitle(f"{model}: is it right as often as it says{simulated}", fontsize=8)
    style.save(figure, output)
