"""ROAR: accuracy of networks that were trained without the most salient pixels, a panel for each kind of picture."""

from __future__ import annotations

import os

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

from gestalt_regions.core.io import read_table
from gestalt_regions.figures import style

ARMS = {"mean": "mean colour (as published)", "imputed": "imputed (corrected)", "mask": "the mask alone"}
DIRECTIONS = {"removed": "share of pixels removed", "kept": "share of pixels kept"}
MARKERS = "osD^vPX*<>"
SPREAD = 0.012  # between intervals of one fraction


def _line(axes: plt.Axes, part: pd.DataFrame, shift: float, look: dict) -> None:
    """A curve with its intervals, which are beside each other."""
    x, y = part["fraction"].astype(float).to_numpy(), part["accuracy"].to_numpy()
    bars = np.nan_to_num(np.stack([y - part["accuracy_low"], part["accuracy_high"] - y])).clip(0)
    axes.errorbar(x + shift, y, bars, linewidth=1, elinewidth=0.6, markersize=3, **look)


def draw_roar(table: str, output: str | os.PathLike) -> None:
    """A row for each direction, a column for each kind of picture; controls are grey and dashed.

    Parameters
    ----------
    table : path
        roar.csv.
    output : str or path
        The figure; SVG or PNG by its suffix.
    """
    style.apply()
    text = ["method", "arm", "direction", "fraction"]
    rows = read_table(table, [*text, "control", "accuracy", "simulated"], strings=text)
    whole = rows[rows["arm"] == "unchanged"].iloc[0]
    rows = rows[(rows["arm"] != "unchanged") & (rows["fraction"] != "mean")]
    methods = rows.drop_duplicates("method")[["method", "control"]]
    colours = iter(sns.color_palette("colorblind", n_colors=10))
    greys = iter(np.linspace(0.35, 0.75, max(1, int(methods["control"].sum()))))
    looks = {}
    for place, (method, control) in enumerate(methods.itertuples(index=False)):
        colour = str(next(greys)) if control else next(colours)
        looks[method] = {
            "color": colour,
            "linestyle": "--" if control else "-",
            "marker": MARKERS[place % len(MARKERS)],
            "label": f"{method} (control)" if control else method,
        }
    directions = [name for name in DIRECTIONS if name in set(rows["direction"])]
    shape = (len(directions), len(ARMS))
    size = (style.WIDTH, 0.9 + 2.3 * len(directions))
    figure, grid = plt.subplots(*shape, figsize=size, squeeze=False, sharex=True, sharey=True, layout="constrained")
    for direction, line in zip(directions, grid, strict=True):
        for (arm, title), axes in zip(ARMS.items(), line, strict=True):
            part = rows[(rows["arm"] == arm) & (rows["direction"] == direction)]
            for place, (method, look) in enumerate(looks.items()):
                shift = SPREAD * (place - (len(looks) - 1) / 2)
                _line(axes, part[part["method"] == method], shift, look)
            if arm != "mask":
                axes.axhline(whole["accuracy"], color="0.2", linewidth=0.7, linestyle=":")
            axes.set(title=title, xlabel=DIRECTIONS[direction], xlim=(0, 1), ylim=(0, 1))
        line[0].set_ylabel("accuracy, trained anew")
    handles, names = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=4, frameon=False)
    sns.despine(figure)
    people = f"{whole['photographs']:g} photographs of {whole['kin_groups']:g} families; dotted: whole photographs"
    figure.suptitle(f"{people} (SIMULATED)" if whole["simulated"] else people, fontsize=8)
    style.save(figure, output)
