"""Detection curves of planted shortcuts: a panel for each method, a line for each kind of cue and score."""

from __future__ import annotations

import os

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

from gestalt_regions.core.io import read_table
from gestalt_regions.evaluation.across_cohorts.shortcuts import MEASURES
from gestalt_regions.figures import style

TEXT = ["kind", "class", "measure", "method", "best_control", "beats_control"]
COLUMNS = 5
TITLE = """Is the blame put where the cue is? Faces with the cue against the cohort without it (simulated cohorts)
Filled: beats every map that knows nothing of the network (grey titles), the intervals apart"""


def _line(axes: plt.Axes, curve: pd.DataFrame, colour: tuple, shift: float) -> None:
    """One curve with its intervals; filled markers where it beats the controls."""
    x, y = curve["strength"].to_numpy() + shift, curve["auc"].to_numpy()
    bars = np.nan_to_num([y - curve["low"], curve["high"] - y]).clip(0)
    axes.errorbar(x, y, yerr=bars, fmt="-", linewidth=1, elinewidth=0.6, color=colour, zorder=2)
    beats = (curve["beats_control"] == "True").to_numpy()
    axes.scatter(x, y, s=12, linewidths=0.8, edgecolors=[colour], zorder=3, c=[colour if b else "white" for b in beats])


def draw_shortcut_curve(
    curve_path: str | os.PathLike, output: str | os.PathLike, *, methods: list[str], controls: list[str]
) -> None:
    """Detection curves of planted shortcuts: the methods first, then the controls.

    Parameters
    ----------
    curve_path : str or path
        shortcut_curve.csv.
    output : str or path
        The figure; SVG or PNG by its suffix.
    methods : list of str
        Saliency methods.
    controls : list of str
        Controls.
    """
    style.apply()
    table = read_table(curve_path, TEXT, TEXT)
    names = [name for name in dict.fromkeys([*methods, *controls]) if (table["method"] == name).any()]
    cues = list(table[["kind", "class", "measure"]].drop_duplicates().itertuples(index=False, name=None))
    colours = dict(zip(cues, sns.color_palette("colorblind", len(cues)), strict=True))
    lines = max(1, -(-len(names) // COLUMNS))
    figure, grid = plt.subplots(
        lines,
        COLUMNS,
        figsize=(style.WIDTH, 1.25 * lines + 1),
        squeeze=False,
        sharex=True,
        sharey=True,
        layout="constrained",
    )
    for axes, name in zip(grid.ravel(), names, strict=False):
        for k, (cue, curve) in enumerate(
            table[table["method"] == name].groupby(["kind", "class", "measure"], sort=False)
        ):
            _line(axes, curve, colours[cue], 0.015 * (k - (len(cues) - 1) / 2))
        axes.axhline(0.5, color="0.2", linewidth=0.6, linestyle=":")
        axes.set_title(name, fontsize=6.5, color="0.5" if name in controls else "black")
    grid[0, 0].set(ylim=(-0.03, 1.03), xlim=(0, 1.05))
    for axes in grid.ravel()[len(names) :]:
        axes.set_axis_off()
    handles = [plt.Line2D([], [], color=colour) for colour in colours.values()]
    labels = [f"{kind} with {label}: {MEASURES[measure]}" for kind, label, measure in colours]
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    grid[-1, COLUMNS // 2].set_xlabel("share of the class's photos with the cue")
    figure.supylabel("detection AUC", fontsize=7)
    sns.despine(figure)
    figure.suptitle(TITLE, fontsize=8)
    style.save(figure, output)
