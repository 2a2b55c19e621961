"""Detection curves of planted shortcuts: a panel for each kind and score, strength along, methods beside controls."""

from __future__ import annotations

import os

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns

from gestalt_regions.evaluation.shortcuts import MEASURES
from gestalt_regions.figures import style
from gestalt_regions.io import read_table

MARKERS = "osD^vP*X<>hp"
TEXT = ["kind", "class", "measure", "method", "best_control"]


def draw(curve_path: str | os.PathLike, output: str | os.PathLike, *, methods: list[str], controls: list[str]) -> None:
    """shortcut_curve.svg: methods in colour with their intervals, controls in grey."""
    style.apply()
    table = read_table(curve_path, TEXT, TEXT)
    panels = list(table.groupby(["kind", "class", "measure"], sort=False))
    count = max(1, len(panels))
    lines = -(-count // 2)
    figure, grid = plt.subplots(lines, 2, figsize=(style.WIDTH, 2.5 * lines + 0.8), squeeze=False, layout="constrained")
    colours = dict(zip(methods, sns.color_palette("colorblind", len(methods)), strict=True))
    shades = dict(zip(controls, np.linspace(0.45, 0.75, len(controls)).astype(str), strict=True))
    for axes, ((kind, label, measure), part) in zip(grid.ravel(), panels, strict=False):
        for at, (method, own) in enumerate(part.groupby("method", sort=False)):
            name = dict.fromkeys([*methods, *controls])
            place = list(name).index(method)
            x = own["strength"].to_numpy() + 0.004 * (place - len(name) / 2)
            bars = np.nan_to_num([own["auc"] - own["low"], own["high"] - own["auc"]]).clip(0)
            if method in colours:
                axes.errorbar(x, own["auc"], yerr=bars, fmt=f"-{MARKERS[at % len(MARKERS)]}", markersize=3.5,
                              linewidth=1, elinewidth=0.6, color=colours[method], label=method, zorder=3)  # fmt: skip
            else:
                axes.plot(x, own["auc"], linestyle="--", marker=MARKERS[at % len(MARKERS)], markersize=2.5,
                          linewidth=0.8, color=shades[method], label=method, zorder=2)  # fmt: skip
        axes.axhline(0.5, color="0.2", linewidth=0.6, linestyle=":")
        axes.set(ylim=(-0.03, 1.03), xlim=(0, 1.03), xlabel="share of the class's photos with the cue")
        axes.set(ylabel="detection AUC", title=f"{kind} with {label}: {MEASURES[measure]}")
    for axes in grid.ravel()[len(panels) :]:
        axes.set_axis_off()
    if panels:
        handles, labels = grid.ravel()[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=5, frameon=False)
    sns.despine(figure)
    title = "Is the blame put where the cue is? Faces with the cue against the cohort without it"
    figure.suptitle(f"{title}\n(simulated cohorts; grey, dashed: maps that know nothing of the network)", fontsize=8)
    style.save(figure, output)
