"""Critical-difference diagrams: mean ranks on a line, methods that do not differ joined by a bar (Demsar 2006)."""

from __future__ import annotations

import os
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from gestalt_regions.evaluation.ranking import MEASURE, OVERALL, TEXT
from gestalt_regions.figures import style
from gestalt_regions.io import read_table
from gestalt_regions.statistics import inputs
from gestalt_regions.statistics.layout import p_text

METHOD, CONTROL, BAR = "#0072B2", "#7F7F7F", "#D55E00"  # after Okabe and Ito
ROW = 0.17  # inches that a name takes


def joined(ranks: np.ndarray, difference: float) -> list[tuple[int, int]]:
    """First and last of each longest run of `ranks` (ascending) that lies within `difference`; runs of two or more."""
    runs, end = [], -1
    for first, rank in enumerate(ranks):
        last = int(np.searchsorted(ranks, rank + difference, side="right")) - 1
        if last > max(first, end):
            runs.append((first, last))
        end = max(end, last)
    return runs


def draw_panel(axes: plt.Axes, part: pd.DataFrame, title: str) -> None:
    """part: the rows of one test, `rank` of each method and the critical difference."""
    part = part.sort_values("rank", kind="stable").reset_index(drop=True)
    ranks, count, difference = part["rank"].to_numpy(), len(part), part["critical_difference"].iloc[0]
    left = -(-count // 2)
    runs = joined(ranks, difference)
    depth = 0.35 * len(runs) + 0.5  # below the bars, in names
    axes.set(xlim=(1 - 0.42 * count, count + 0.42 * count), ylim=(depth + left + 0.2, -2.6))
    axes.plot([1, count], [0, 0], color="0.2", linewidth=0.9)
    for tick in range(1, count + 1):
        axes.plot([tick, tick], [-0.25, 0], color="0.2", linewidth=0.7)
        axes.text(tick, -0.4, str(tick), ha="center", va="bottom", fontsize=6.5)
    width = min(difference, count - 1)
    axes.plot([1, 1 + width], [-1.75, -1.75], color=BAR, linewidth=1.6, solid_capstyle="butt")
    said = f"critical difference {difference:.2f}" + (" (wider than the line)" if difference > width else "")
    axes.text(1, -1.9, said, ha="left", va="bottom", fontsize=6.5, color=BAR)
    for at, (first, last) in enumerate(runs):
        axes.plot(ranks[[first, last]] + [-0.06, 0.06], [0.35 * (at + 1)] * 2, color=BAR, linewidth=2.4, zorder=3,
                  solid_capstyle="butt")  # fmt: skip
    for k, row in part.iterrows():
        side, at = (-1, k) if k < left else (1, count - 1 - k)
        edge, y = (0.85, depth + at) if side < 0 else (count + 0.15, depth + at)
        colour = CONTROL if row["control"] else METHOD
        axes.plot([row["rank"], row["rank"], edge], [0, y, y], color=colour, linewidth=0.7, zorder=2)
        text = f"  {row['rank']:.2f}  "
        text = row["method"] + text.rstrip() if side < 0 else text.lstrip() + row["method"]
        ha = "right" if side < 0 else "left"
        axes.text(edge + 0.08 * side, y, text, ha=ha, va="center", fontsize=6.5, color=colour)
    axes.set_axis_off()
    axes.set_title(title, fontsize=7.5, pad=2)


def _title(part: pd.DataFrame, measures: Mapping[str, Mapping]) -> str:
    first = part.iloc[0]
    if first["scope"] == OVERALL:
        name, unit, p, corrected = "All measures", "measures", first["friedman_p"], ""
    else:
        name, unit = measures[first["measure"]]["label"], "kin groups"
        p, corrected = first["friedman_p_holm"], " (Holm)"
    return f"{name}\nN = {first['blocks']} {unit}, Friedman p {p_text(p)}{corrected}"


def draw(
    ranking_path: str | os.PathLike, samples_path: str | os.PathLike, output: str | os.PathLike, *,
    measures: Mapping[str, Mapping],
) -> None:  # fmt: skip
    """evaluation/critical_difference.svg: all measures together, then each that has a value for each face."""
    style.apply()
    table = read_table(ranking_path, TEXT, TEXT)
    table = table[table["critical_difference"].notna()]
    overall = table[table["scope"] == OVERALL]
    parts = [part for _, part in table[table["scope"] == MEASURE].groupby("measure", sort=False)]
    count = table["method"].nunique()
    height = ROW * (-(-count // 2) + 6.3)
    lines = -(-len(parts) // 2)
    figure = plt.figure(figsize=(style.WIDTH, height * (lines + 1) + 0.35), layout="constrained")
    grid = figure.add_gridspec(lines + 1, 2)
    if len(overall):
        draw_panel(figure.add_subplot(grid[0, :]), overall, _title(overall, measures))
    for at, part in enumerate(parts):
        draw_panel(figure.add_subplot(grid[1 + at // 2, at % 2]), part, _title(part, measures))
    simulated = inputs.simulated_phrase(inputs.load_samples(samples_path))
    title = "Mean ranks, best on the left; methods under one bar do not differ (Nemenyi); controls in grey"
    figure.suptitle(title + (f" ({simulated})" if simulated else ""), fontsize=8)
    style.save(figure, output)
