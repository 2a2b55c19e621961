"""What unequal classes, or fewer classes, do to accuracy and to the maps of each method."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.ticker import NullLocator

from gestalt_regions.core.io import read_table
from gestalt_regions.evaluation.imbalance.imbalance_curves import (
    ACCURACY,
    ALL,
    BY_SHARES,
    CHANGED,
    CLASSES,
    COMMON,
    CURVE,
    FOLLOWED,
    KEYS,
    RARE,
    RATIO,
)
from gestalt_regions.evaluation.imbalance.planned_sets import AS_FEW, SAME_TOTAL
from gestalt_regions.evaluation.imbalance.set_values import NETWORK, OTHER_FACES
from gestalt_regions.evaluation.measure_registry import PRIORS
from gestalt_regions.figures import style

LINES = {  # faces, set -> label; of each figure
    RATIO: {
        (RARE, CHANGED[RATIO]): "faces of rare classes",
        (COMMON, CHANGED[RATIO]): "faces of common classes",
        (RARE, SAME_TOTAL): "balanced, as many people in all",
        (RARE, AS_FEW): "balanced, all classes as small as the rare ones",
    },
    CLASSES: {
        (FOLLOWED, CHANGED[CLASSES]): "fewer classes",
        (FOLLOWED, SAME_TOTAL): "all classes, as many people in all",
    },
}
ROWS = {  # group, measure -> label, and chance
    ("similarity", "ssim"): ("SSIM with maps of\nthe whole set", None),
    ("similarity", "spearman"): ("Spearman with maps of\nthe whole set", None),
    ("similarity", "regions"): ("regions: correlation\nwith the whole set", None),
    ("recovery", "auc"): ("recovery (AUC)", 0.5),
    ("use", "logit_spearman"): ("use (Spearman with\nlogit drop)", 0.0),
}
XLABEL = {RATIO: "people of a common class for one of a rare class", CLASSES: "classes that the network knows"}
KNOWN_BEFORE = (*PRIORS,)


def _line(axes: plt.Axes, curve: pd.DataFrame, colour: tuple, shift: float, label: str) -> None:
    """One curve with its intervals; sets are moved a little, so that no bar hides another."""
    curve = curve.sort_values("number")
    x, y = curve["number"].to_numpy() * (1 + shift), curve["value"].to_numpy()
    bars = np.nan_to_num([y - curve["low"], curve["high"] - y]).clip(0)
    axes.errorbar(x, y, yerr=bars, fmt="o-", markersize=2, linewidth=1, elinewidth=0.6, color=colour, label=label)


def _panel(axes: plt.Axes, table: pd.DataFrame, varied: str, colours: Sequence[tuple]) -> None:
    """The curves of one measure of one method."""
    for k, ((faces, trained_on), label) in enumerate(LINES[varied].items()):
        curve = table[(table["faces"] == faces) & (table["trained_on"] == trained_on)]
        if len(curve):
            _line(axes, curve, colours[k], 0.03 * (k - (len(LINES[varied]) - 1) / 2), label)


def _references(axes: plt.Axes, table: pd.DataFrame, varied: str, controls: Sequence[str]) -> None:
    """Dotted lines: the best of what knows no network, on the whole set; or of similarity, two other faces."""
    faces = next(iter(LINES[varied]))[0]
    whole = table[(table["faces"] == faces) & (table["number"] == (1 if varied == RATIO else table["number"].max()))]
    of_others = whole[whole["trained_on"] == OTHER_FACES]
    known = whole[whole["method"].isin([*controls, *KNOWN_BEFORE]) & (whole["trained_on"] == CHANGED[varied])]
    if len(of_others):
        axes.axhline(of_others["value"].iloc[0], color="0.3", linestyle=":", linewidth=0.8)
    elif len(known) and known["value"].notna().any():
        axes.axhline(known["value"].max(), color="0.3", linestyle=":", linewidth=0.8)


def _dress(axes: plt.Axes, varied: str, numbers: Sequence[int]) -> None:
    axes.set_xscale("log")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(list(numbers), [f"{n}:1" if varied == RATIO else f"{n}" for n in numbers])
    axes.tick_params(labelbottom=True)


def _first_row(grid: np.ndarray, table: pd.DataFrame, varied: str, colours: Sequence[tuple]) -> None:
    """Right answers, as they are and divided by shares; where the truth is known, if networks use the same regions."""
    answers = table[table["group"] == ACCURACY]
    panels: list[tuple[pd.DataFrame, str, tuple[float, float] | None]] = [
        (answers[answers["measure"] == ACCURACY], "", (0, 1.02))
    ]
    if varied == RATIO:
        title = "right answers, probabilities\ndivided by shares of classes"
        panels.append((answers[answers["measure"] == BY_SHARES], title, (0, 1.02)))
    used = table[(table["group"] == "similarity") & (table["method"] == NETWORK)]
    panels.append((used, "regions that the network uses:\ncorrelation with the whole set", None))
    panels = [panel for panel in panels if len(panel[0])][: len(grid)]
    for axes, (rows, title, limits) in zip(grid, panels, strict=False):
        _panel(axes, rows, varied, colours)
        axes.set_title(title, fontsize=6.5)
        axes.set_ylim(limits)
    grid[0].set_ylabel("right answers\nto these faces")
    for axes in grid[len(panels) :]:
        axes.set_axis_off()


def _row(
    grid: np.ndarray,
    table: pd.DataFrame,
    varied: str,
    colours: Sequence[tuple],
    *,
    methods: Sequence[str],
    controls: Sequence[str],
) -> None:
    """One measure of all methods, on one scale."""
    for axes, method in zip(grid, methods, strict=True):
        own = table[table["method"] == method]
        _panel(axes, own, varied, colours)
        _references(axes, own if (table["trained_on"] == OTHER_FACES).any() else table, varied, controls)
    limits = [axes.get_ylim() for axes in grid]
    for axes in grid:
        axes.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))


def draw_curves(
    tables: Mapping[str, str],
    output: str | os.PathLike,
    *,
    varied: str,
    methods: Sequence[str],
    controls: Sequence[str],
) -> None:
    """Draw a row for each measure and a column for each method; accuracy, which has no method, is in the first row.

    Parameters
    ----------
    tables : mapping of str to path
        Group -> its curves (evaluation.imbalance.imbalance_curves.CURVE).
    output : str or path
        The figure; SVG or PNG by its suffix.
    varied : str
        RATIO or CLASSES.
    methods, controls : sequence of str
        In their order.
    """
    style.apply()
    table = pd.concat([read_table(p, CURVE, set(KEYS) - {"number"}).assign(group=g) for g, p in tables.items()])
    table = table[(table["varied"] == varied) & (table["answers"] == ALL)]
    rows = [key for key in ROWS if key[0] in tables and len(table)]
    size = (style.WIDTH, 1.35 * (len(rows) + 1) + 0.6)
    figure, grid = plt.subplots(
        len(rows) + 1, len(methods), figsize=size, squeeze=False, layout="constrained", sharex=True
    )
    colours = sns.color_palette("colorblind", len(LINES[varied]))
    _first_row(grid[0], table, varied, colours)
    for axes, (group, measure) in zip(grid[1:], rows, strict=True):
        of_row = table[(table["group"] == group) & (table["measure"] == measure)]
        _row(axes, of_row, varied, colours, methods=methods, controls=controls)
        label, chance = ROWS[group, measure]
        axes[0].set_ylabel(label)
        for one in axes if chance is not None else ():
            one.axhline(chance, color="0.7", linewidth=0.6)
    for axes, method in zip(grid[min(1, len(rows))], methods, strict=True):
        axes.set_title(method if rows else "", fontsize=7)
    for axes in grid.ravel():
        _dress(axes, varied, sorted(table["number"].unique()))
    handles = [plt.Line2D([], [], color=colour, marker="o", markersize=2) for colour in colours]
    handles.append(plt.Line2D([], [], color="0.3", linestyle=":"))
    floor = "similarity: maps of two other faces; recovery and use: the best control or prior"
    figure.legend(handles, [*LINES[varied].values(), floor], loc="outside lower center", ncols=2, frameon=False)
    simulated = "simulated faces" if len(table) and str(table["simulated"].iloc[0]) == "True" else "photographs"
    figure.suptitle(f"Below each panel: {XLABEL[varied]} ({simulated}; bars: intervals over families)", fontsize=7.5)
    sns.despine(figure)
    style.save(figure, output)
