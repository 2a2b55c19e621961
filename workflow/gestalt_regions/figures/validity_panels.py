"""What RQ1 and RQ2 say of each method against its scores: a panel for each question and one measure of each group."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.lines import Line2D

from gestalt_regions.core.io import read_table
from gestalt_regions.evaluation.across_cohorts.validity import QUESTIONS
from gestalt_regions.figures import style

MARKERS = "osD^vP*X<>hp"
TEXT = ["question", "group", "measure", "region_set", "policy"]


def _correlation_text(row: pd.Series, column: str) -> str:
    """A correlation with its interval; column: the suffix of its columns."""
    value, low, high = row[f"rho{column}"], row[f"low{column}"], row[f"high{column}"]
    if not np.isfinite(value):
        return "undefined"
    return f"{value:.2f}" + (f" [{low:.2f}, {high:.2f}]" if np.isfinite(low) else " [no interval]")


def draw_validity(
    validity_path: str | os.PathLike,
    points_path: str | os.PathLike,
    output: str | os.PathLike,
    *,
    measures: Mapping[str, Mapping],
) -> None:
    """What RQ1 and RQ2 say of each method against its scores.

    The first measure of each group stands for it; the table has all.

    Parameters
    ----------
    validity_path, points_path : str or path
        The correlations; score and answer of each method and cohort (CSV).
    output : str or path
        The figure; SVG or PNG by its suffix.
    measures : mapping
        Measure -> its entry in the registry.
    """
    style.apply()
    table = read_table(validity_path, TEXT, TEXT)
    points = read_table(points_path, ["cohort", "method", *TEXT], ["cohort", "method", *TEXT])
    names = list(table.drop_duplicates("group")["measure"])
    cohorts, methods = list(dict.fromkeys(points["cohort"])), list(dict.fromkeys(points["method"]))
    colours = dict(zip(cohorts, sns.color_palette("colorblind", len(cohorts)), strict=True))
    shapes = {method: MARKERS[k % len(MARKERS)] for k, method in enumerate(methods)}
    wide = max(1, len(names))
    figure, grid = plt.subplots(
        len(QUESTIONS),
        wide,
        figsize=(max(style.WIDTH, 1.9 * wide), 2.1 * len(QUESTIONS) + 1.0),
        squeeze=False,
        sharex="col",
        sharey="row",
        layout="constrained",
    )
    for line, (question, title) in zip(grid, QUESTIONS.items(), strict=True):
        for axes, name in zip(line, names, strict=False):
            part = points[(points["measure"] == name) & (points["question"] == question)]
            for row in part.itertuples():
                axes.scatter(row.score, row.answer, s=16, marker=shapes[row.method], color=colours[row.cohort])
            known = table[(table["measure"] == name) & (table["question"] == question)]
            if len(known):
                row = known.iloc[0]
                said = f"rho {_correlation_text(row, '')}, n {row['points']}"
                said += f"\nwithin cohorts {_correlation_text(row, '_within_cohort')}" if len(cohorts) > 1 else ""
                axes.set_title(said, fontsize=6)
        line[0].set_ylabel(textwrap.fill(title, 28))
    for axes, name in zip(grid[-1], names, strict=False):
        arrow = "" if measures[name]["direction"] > 0 else "\n(lower is better)"
        axes.set_xlabel(f"{measures[name]['group']}:\n{measures[name]['label']}{arrow}", fontsize=6.5)
    keys = [Line2D([], [], marker=shapes[m], color="0.3", linestyle="", markersize=4, label=m) for m in methods]
    keys += [Line2D([], [], marker="s", color=colours[c], linestyle="", markersize=4, label=c) for c in cohorts]
    figure.legend(handles=keys, loc="outside lower center", ncols=5, frameon=False)
    sns.despine(figure)
    number = f"{len(cohorts)} simulated cohorts" if len(cohorts) > 1 else "one simulated cohort"
    title = f"Do RQ1 and RQ2 go with being right? {len(methods)} methods, {number}"
    figure.suptitle(title + " (intervals: methods drawn anew)", fontsize=8)
    style.save(figure, output)
