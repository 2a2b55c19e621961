"""Likert answers on explanations, control maps and composites: diverging stacked bars, the middle level on zero."""

from __future__ import annotations

import os

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.patches import Patch

from gestalt_regions.core.io import read_table
from gestalt_regions.figures import style
from gestalt_regions.figures.reader_accuracy import of_simulated

QUESTIONS = {  # as the page asks in English
    "meaningful": "This explanation is meaningful to me",
    "features": "It shows the right features of this face",
    "change_mind": "It would make me change my mind",
    "trust": "It makes me trust the answer of the AI more",
    "recognisable": "The diagnosis can be recognised from this composite",
    "typical": "This composite shows a typical face of the diagnosis that I named",
}
LEVELS = {1: "strongly disagree", 2: "rather disagree", 3: "undecided", 4: "rather agree", 5: "strongly agree"}
COLOURS = {1: "#B2182B", 2: "#F4A582", 3: "#DDDDDD", 4: "#92C5DE", 5: "#2166AC"}
ROW = 0.24  # inches


def _bars(axes: plt.Axes, rows: pd.DataFrame, names: list[str]) -> None:
    """A bar for each method; what is rated lower goes to the left."""
    for place, name in enumerate(names):
        part = rows[rows["method"] == name].set_index("level")
        shares = 100 * part["share"].reindex(list(LEVELS), fill_value=0).to_numpy()
        start = -(shares[0] + shares[1] + shares[2] / 2)
        for level, share in zip(LEVELS, shares, strict=True):
            axes.barh(place, share, left=start, height=0.72, color=COLOURS[level], edgecolor="white", linewidth=0.4)
            if share >= 8:
                colour = "white" if level in (1, 5) else "black"
                axes.text(start + share / 2, place, f"{share:.0f}", ha="center", va="center", color=colour, fontsize=6)
            start += share
        axes.text(103, place, f"n={part['answers'].sum()}, mean {part['mean'].iloc[0]:.1f}", va="center", fontsize=6)
    axes.axvline(0, color="0.3", linewidth=0.6, zorder=0.5)
    axes.set(yticks=range(len(names)), ylim=(len(names) - 0.4, -0.6), xlim=(-100, 100))


def draw_likert(table_path: str | os.PathLike, output: str | os.PathLike) -> None:
    """Draw a panel for each question.

    Parameters
    ----------
    table_path : path
        likert.csv.
    output : path
        The figure, SVG or PNG by its suffix.
    """
    style.apply()
    table = read_table(table_path, ["method", "question", "control", "level", "share", "answers", "mean"])
    control = set(table.loc[table["control"].astype(str) == "True", "method"])
    panels = []
    for question in [name for name in QUESTIONS if name in set(table["question"])]:
        rows = table[table["question"] == question]
        names = sorted(dict.fromkeys(rows["method"]), key=lambda name: (name in control, name))
        panels.append((question, rows, names))
    heights = [len(names) + 1.2 for *_, names in panels] or [1]
    figure, grid = plt.subplots(
        len(heights),
        1,
        figsize=(style.WIDTH - 0.6, 0.7 + ROW * sum(heights)),
        height_ratios=heights,
        sharex=True,
        squeeze=False,
        layout="constrained",
    )
    for axes, (question, rows, names) in zip(grid.ravel(), panels, strict=False):
        _bars(axes, rows, names)
        axes.set_yticklabels([f"{name} (control)" if name in control else name for name in names])
        axes.set_title(QUESTIONS[question], loc="left", fontsize=7)
        axes.tick_params(axis="y", length=0)
    ticks = np.arange(-100, 101, 50)
    grid[-1, 0].set(xticks=ticks, xticklabels=abs(ticks), xlabel="per cent of answers")
    handles = [Patch(color=COLOURS[level], label=text) for level, text in LEVELS.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=5, frameon=False)
    figure.suptitle(f"What readers say of maps and composites{of_simulated(table)}", fontsize=8)
    sns.despine(figure, left=True)
    style.save(figure, output)
