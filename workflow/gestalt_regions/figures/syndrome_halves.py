"""Are the maps of a syndrome its own? Correlation with its other half, beside halves of other classes, by method."""

from __future__ import annotations

import os

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.lines import Line2D

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_table
from gestalt_regions.figures import style

OWN, OTHER = "#0072B2", "#999999"  # blue and grey, told apart by everybody
LINE = 0.13  # inches of a class


def draw_syndrome_halves(
    table_path: str | os.PathLike, output: str | os.PathLike, *, variant: str, alpha: float
) -> None:
    """Draw two dots for each method and class: its two halves, and its halves with those of other classes.

    Parameters
    ----------
    table_path : str or path
        tables/syndrome_maps.csv.
    output : str or path
        The figure; SVG or PNG by its suffix.
    variant : str
        Of the maps.
    alpha : float
        A class whose corrected p is at most this has a filled dot.

    Raises
    ------
    InputError
        Where the table has no such variant.
    """
    style.apply()
    text = ["method", "variant", "label"]
    table = read_table(table_path, ["own_half", "other_halves", "p_halves", "simulated", *text], strings=text)
    simulated = " Simulated cohort" if table["simulated"].astype(str).str.lower().isin(["true", "1"]).any() else ""
    table = table[(table["variant"] == variant) & table["own_half"].notna()]
    if table.empty:
        raise InputError(f"{table_path}: no class of the variant '{variant}' has two halves; it needs two families")
    methods = list(dict.fromkeys(table["method"]))
    height = LINE * (len(table) + 1.5 * len(methods)) + 0.9
    figure, axes = plt.subplots(figsize=(style.WIDTH * 0.75, height), layout="constrained")
    places, names = _dots(axes, table, methods, alpha)
    axes.set_yticks(places, names, fontsize=6)
    axes.invert_yaxis()
    axes.set_xlabel("correlation of mean maps of halves")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", color="0.9", linewidth=0.5)
    handles = [
        Line2D([], [], color=OWN, marker="o", linestyle="", markersize=4, label=f"own other half, p \u2264 {alpha:g}"),
        Line2D([], [], color=OWN, marker="o", linestyle="", markersize=4, markerfacecolor="white", label="... p above"),
        Line2D([], [], color=OTHER, marker="D", linestyle="", markersize=3.5, label="halves of other classes"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    figure.suptitle(f"Is the map of a class its own?{simulated}", fontsize=8)
    style.save(figure, output)


def _dots(axes: plt.Axes, table: pd.DataFrame, methods: list[str], alpha: float) -> tuple[list[float], list[str]]:
    """Draw the dots of all methods; gives the places and names of their lines."""
    places, names, line = [], [], 0.0
    for method in methods:
        rows = table[table["method"] == method]
        axes.text(0, line, method, transform=axes.get_yaxis_transform(), fontsize=7, fontweight="bold", va="center")
        for row in rows.itertuples():
            line += 1
            axes.plot([row.other_halves, row.own_half], [line, line], color="0.8", linewidth=1, zorder=1)
            axes.plot(row.other_halves, line, "D", color=OTHER, markersize=3.5)
            inside = OWN if row.p_halves <= alpha else "white"
            axes.plot(row.own_half, line, "o", color=OWN, markerfacecolor=inside, markersize=4)
            places.append(line)
            names.append(row.label)
        line += 1.5
    return places, names
