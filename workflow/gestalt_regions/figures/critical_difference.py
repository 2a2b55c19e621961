"""Critical-difference diagrams: mean ranks, methods that do not differ joined by a bar (Demsar 2006)."""

from __future__ import annotations

import os
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_table
from gestalt_regions.evaluation.summary.ranking import MEASURE, OVERALL, TEXT
from gestalt_regions.figures import style
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.toolkit.table_text import p_text

METHOD, CONTROL, BAR = "#0072B2", "#7F7F7F", "#D55E00"  # after Okabe and Ito
ROW = 0.14  # inches that a name takes


def joined(ranks: np.ndarray, difference: float) -> list[tuple[int, int]]:
    """The longest runs of ranks that do not differ.

    Parameters
    ----------
    ranks : numpy.ndarray
        Mean ranks, ascending.
    difference : float
        Critical difference.

    Returns
    -------
    list of tuple
        First and last of each run; runs of two or more.
    """
    runs, end = [], -1
    for first, rank in enumerate(ranks):
        last = int(np.searchsorted(ranks, rank + difference, side="right")) - 1
        if last > max(first, end):
            runs.append((first, last))
        end = max(end, last)
    return runs


def _draw_panel(axes: plt.Axes, part: pd.DataFrame, title: str) -> None:
    """part: the rows of one test, `rank` of each method and the critical difference. A row a method, best at the top;
    the bars at the right join those that do not differ. (On Demsar's line twenty names do not fit.)"""
    part = part.sort_values("rank", kind="stable").reset_index(drop=True)
    ranks, count, difference = part["rank"].to_numpy(), len(part), part["critical_difference"].iloc[0]
    runs, step = joined(ranks, difference), 0.028 * count
    axes.set(xlim=(0.5, count + step * (len(runs) + 1.5)), ylim=(count - 0.4, -1.5))
    colours = [CONTROL if control else METHOD for control in part["control"]]
    axes.hlines(range(count), 0.5, ranks, color="0.9", linewidth=0.6, zorder=1)
    axes.scatter(ranks, range(count), s=9, color=colours, zorder=3)
    axes.set_yticks(range(count), part["method"])
    for label, colour in zip(axes.get_yticklabels(), colours, strict=True):
        label.set(color=colour, fontsize=6.5)
    axes.set_xticks([1, *range(5, count + 1, 5)] if count > 6 else range(1, count + 1))
    axes.tick_params(axis="y", length=0)
    width = min(difference, count - 1)
    axes.plot([1, 1 + width], [-1, -1], color=BAR, linewidth=1.6, solid_capstyle="butt")
    said = f"  CD {difference:.2f}" + (" (wider than the line)" if difference > width else "")
    axes.text(1 + width, -1, said, ha="left", va="center", fontsize=6.5, color=BAR)
    for at, (first, last) in enumerate(runs):
        axes.plot(
            [count + step * (at + 1)] * 2, [first - 0.3, last + 0.3], color=BAR, linewidth=1.8, solid_capstyle="butt"
        )
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_title(title, fontsize=7.5, pad=2)


def _title(part: pd.DataFrame, measures: Mapping[str, Mapping]) -> str:
    first = part.iloc[0]
    if first["scope"] == OVERALL:
        name, unit, p, corrected = "All measures", "measures", first["friedman_p"], ""
    else:
        name, unit = measures[first["measure"]]["label"], "kin groups"
        p, corrected = first["friedman_p_holm"], " (Holm)"
    return f"{name}\nN = {first['blocks']} {unit}, Friedman p {p_text(p)}{corrected}"


def draw_critical_difference(
    ranking_path: str | os.PathLike,
    samples_path: str | os.PathLike,
    output: str | os.PathLike,
    *,
    measures: Mapping[str, Mapping],
) -> None:
    """Mean ranks: all measures together, then each that has a value for each face (Demsar 2006).

    Parameters
    ----------
    ranking_path : str or path
        evaluation/ranking.csv.
    samples_path, output : str or path
        samples.csv; the figure, SVG or PNG by its suffix.
    measures : mapping
        Measure -> its entry in the registry.
    """
    style.apply()
    table = read_table(ranking_path, TEXT, TEXT)
    table = table[table["critical_difference"].notna()]
    overall = table[table["scope"] == OVERALL]
    parts = [part for _, part in table[table["scope"] == MEASURE].groupby("measure", sort=False)]
    count = table["method"].nunique()
    parts = ([overall] if len(overall) else []) + parts
    lines = max(1, -(-len(parts) // 2))
    size = (style.WIDTH, (ROW * count + 0.75) * lines + 0.35)
    figure, grid = plt.subplots(lines, 2, figsize=size, squeeze=False, layout="constrained")
    for axes in grid.ravel()[len(parts) :]:
        axes.set_axis_off()
    for axes, part in zip(grid.ravel(), parts, strict=False):
        _draw_panel(axes, part, _title(part, measures))
    simulated = read.simulated_phrase(read.load_samples(samples_path, ()))
    title = "Mean ranks, best at the top; methods beside one bar do not differ (Nemenyi); controls in grey"
    figure.suptitle(title + (f" ({simulated})" if simulated else ""), fontsize=8)
    style.save(figure, output)
