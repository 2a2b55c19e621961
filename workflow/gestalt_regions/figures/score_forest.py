"""Scores of all methods with their intervals, beside the best control and chance: one figure for each group."""

from __future__ import annotations

import os
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from gestalt_regions.core.io import read_table
from gestalt_regions.evaluation.scored_maps import TRAINED, UNTRAINED
from gestalt_regions.evaluation.summary.scores_latex import shown
from gestalt_regions.figures import style
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.toolkit.bootstrap import MIN_GROUPS

COLUMNS = 3  # panels side by side
WITHOUT = "D"  # marker of a value without an interval
METHOD, CONTROL, BAND = "#0072B2", "#7F7F7F", "#D55E00"  # after Okabe and Ito
KINDS = {(False, TRAINED): (METHOD, METHOD), (False, UNTRAINED): (METHOD, "white"), (True, TRAINED): (CONTROL, CONTROL)}
TEXT = ["group", "measure", "region_set", "policy", "fold", "method", "network", "best_control"]


def _draw_panel(axes: plt.Axes, part: pd.DataFrame, order: list[str]) -> None:
    """One measure: a point with its interval for each method; the band is the best control's interval."""
    direction = part["direction"].iloc[0]
    controls = part[part["control"] & part["value"].notna()]
    if len(controls):
        best = controls.loc[(controls["value"] * direction).idxmax()]
        if np.isfinite(best["low"]):
            axes.axvspan(best["low"], best["high"], color=BAND, alpha=0.18, linewidth=0, zorder=0)
    if np.isfinite(part["chance"].iloc[0]):
        axes.axvline(part["chance"].iloc[0], color="0.4", linewidth=0.7, linestyle="--", zorder=1)
    for row in part[part["value"].notna()].itertuples():
        edge, face = KINDS[row.control, row.network]
        at = order.index(row.method) + (0.25 if row.network == UNTRAINED else 0)
        bars = np.nan_to_num([[row.value - row.low], [row.high - row.value]]).clip(0)
        axes.errorbar(
            row.value,
            at,
            xerr=bars,
            fmt="o" if np.isfinite(row.low) else WITHOUT,
            markersize=3,
            linewidth=0.9,
            color=edge,
            markerfacecolor=face,
            markeredgewidth=0.8,
            zorder=2,
        )
    axes.set(ylim=(len(order) - 0.4, -0.6), yticks=range(len(order)))
    axes.grid(axis="y", linewidth=0.3, color="0.9")
    axes.set_axisbelow(True)


def _cells(scores: pd.DataFrame, measures: Mapping[str, Mapping]) -> list[tuple[str, str, str]]:
    """(measure, region set, policy) of each panel."""
    return [
        (name, region_set, policy)
        for region_set, policy in scores[["region_set", "policy"]].drop_duplicates().itertuples(index=False)
        for name in measures
        if ((scores["measure"] == name) & (scores["region_set"] == region_set) & (scores["policy"] == policy)).any()
    ]


def _legend(figure: plt.Figure, few: bool) -> None:
    """What points, band and line are; few: whether a value has no interval."""
    keys = [
        Line2D([], [], marker="o", markersize=3, color=METHOD, label="method"),
        Line2D(
            [], [], marker="o", markersize=3, color=METHOD, markerfacecolor="white", label="on an untrained network"
        ),
        Line2D([], [], marker="o", markersize=3, color=CONTROL, label="control"),
        Patch(color=BAND, alpha=0.18, linewidth=0, label="interval of the best control"),
        Line2D([], [], color="0.4", linewidth=0.7, linestyle="--", label="chance"),
    ]
    if few:
        said = f"no interval (below {MIN_GROUPS} kin groups)"
        keys.append(Line2D([], [], marker=WITHOUT, markersize=3, color="0.4", linestyle="none", label=said))
    figure.legend(handles=keys, loc="outside lower center", ncols=3, frameon=False)


def draw_score_forest(
    scores_path: str | os.PathLike,
    samples_path: str | os.PathLike,
    output: str | os.PathLike,
    *,
    group: str,
    question: str,
    measures: Mapping[str, Mapping],
    methods: list[str],
    show: Mapping,
) -> None:
    """Scores of one group: a panel for each measure (and region set), methods in rows.

    Parameters
    ----------
    scores_path : str or path
        evaluation/scores.csv.
    samples_path, output : str or path
        samples.csv; the figure, SVG or PNG by its suffix.
    group : str
        Group of measures.
    question : str
        What it asks; the title.
    measures : mapping
        Measure -> its entry in the registry.
    methods : list of str
        Methods and controls, from top to bottom.
    show : mapping
        Which policy and region sets are shown.
    """
    style.apply()
    scores = read_table(scores_path, TEXT, TEXT)
    scores = shown(scores[scores["group"] == group], show)
    methods = [method for method in methods if (scores["method"] == method).any()]  # a control may lack the group
    cells = _cells(scores, measures)
    lines = max(1, -(-len(cells) // COLUMNS))
    height = 0.8 + lines * (0.55 + 0.16 * len(methods))
    figure, grid = plt.subplots(
        lines, COLUMNS, figsize=(style.WIDTH, height), sharey=True, squeeze=False, layout="constrained"
    )
    for axes in grid.ravel()[len(cells) :]:
        axes.set_axis_off()
    for axes, (name, region_set, policy) in zip(grid.ravel(), cells, strict=False):
        part = scores[(scores["measure"] == name) & (scores["region_set"] == region_set)]
        _draw_panel(axes, part[part["policy"] == policy], methods)
        where = f"{region_set} regions" if region_set else policy
        said = [where] if where else []
        said += [] if measures[name]["direction"] > 0 else ["lower is better"]
        label = measures[name]["label"]
        axes.set_title(f"{label}\n{', '.join(said)}".rstrip(), fontsize=min(7.5, 7.5 * 32 / len(label)))
    for line in grid:
        line[0].set_yticks(range(len(methods)), methods)
    _legend(figure, few=(scores["value"].notna() & scores["low"].isna()).any())
    sns.despine(figure)
    simulated = read.simulated_phrase(read.load_samples(samples_path, ()))
    figure.suptitle(question + (f" ({simulated})" if simulated else ""), fontsize=8)
    style.save(figure, output)
