"""One page: every method and control by every measure, between the best control and a perfect explanation."""

from __future__ import annotations

import os
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from gestalt_regions.core.io import read_table
from gestalt_regions.evaluation.scored_maps import TRAINED
from gestalt_regions.evaluation.summary.ranking import MEASURE, OVERALL
from gestalt_regions.evaluation.summary.ranking import TEXT as RANKING_TEXT
from gestalt_regions.evaluation.summary.scores_latex import OVERLAPS, WORSE, mark
from gestalt_regions.figures import style
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.toolkit.bootstrap import MIN_GROUPS

TEXT = ["group", "measure", "region_set", "policy", "fold", "method", "network", "best_control"]
METHOD, CONTROL = "#0072B2", "#7F7F7F"  # after Okabe and Ito
UNSURE = "?"  # no verdict
COLOURS = plt.get_cmap("RdBu")  # blue: better than the best control


def _place(value: float, control: float, chance: float, measure: Mapping, best: float) -> float:
    """Where a value lies: 1 a perfect score, 0 the best control, -1 chance; within [-1, 1].

    best: the best value of all, which stands for a perfect one where the measure has no bound on that side.
    """
    direction = measure["direction"]
    perfect = measure["range"][1 if direction > 0 else 0]
    perfect = perfect if np.isfinite(perfect) else best
    gain = (value - control) * direction
    span = (perfect - control if gain > 0 else control - chance) * direction
    if not np.isfinite([value, control]).all():
        return float("nan")
    return float(np.clip(gain / span, -1, 1)) if span > 0 else float(np.sign(gain))


def _ranked_cells(scores: pd.DataFrame, ranking: pd.DataFrame, measures: Mapping[str, Mapping]) -> pd.DataFrame:
    """method, measure, value, place and mark of everything that is ranked."""
    keys = ["group", "measure", "region_set", "policy", "method"]
    ranked = ranking.loc[ranking["scope"] == MEASURE, keys]
    of_all_folds = scores[(scores["fold"] == "all") & (scores["network"] == TRAINED)]
    table = ranked.merge(of_all_folds, on=keys, how="left").reset_index(drop=True)
    cells = []
    for name, part in table.groupby("measure", sort=False):
        direction = measures[name]["direction"]
        ordered = part["value"] * direction
        controls = part.loc[part["control"], "value"] * direction
        for row in part.to_dict("records"):
            judged = not row["control"]
            reference = row["best_control_value"] if judged else controls.max() * direction
            at = _place(row["value"], reference, row["chance"], measures[name], ordered.max() * direction)
            cell = {"method": row["method"], "measure": name, "value": row["value"]}
            cells.append({**cell, "place": at, "mark": mark(row) or (UNSURE if judged else "")})
    return pd.DataFrame(cells)


def _height(row: int, gap: int) -> float:
    """Where a row stands: the block of controls, from row `gap` on, lies half a row lower."""
    return row + 0.5 * (row >= gap)


def _short(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.0f}"


def _table(axes: plt.Axes, cells: pd.DataFrame, rows: list[str], columns: list[str], gap: int) -> None:
    """One cell for each method and measure; gap: the number of methods, above the block of controls."""
    norm = Normalize(-1, 1)
    for row in cells.itertuples():
        x, y = columns.index(row.measure), _height(rows.index(row.method), gap)
        known = np.isfinite(row.place)
        face = COLOURS(norm(row.place)) if known else "0.92"
        axes.add_patch(plt.Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, facecolor=face, edgecolor="0.85", linewidth=0.4))
        ink = "white" if known and abs(row.place) > 0.65 else "0.1"
        axes.text(x, y - 0.08, _short(row.value) if known else "–", ha="center", va="center", fontsize=6.5, color=ink)
        if row.mark == OVERLAPS:
            axes.scatter(x, y + 0.29, s=7, linewidths=0.7, marker="o", facecolors="none", edgecolors=ink)
        elif row.mark == WORSE:
            axes.scatter(x, y + 0.29, s=7, linewidths=0.7, marker="x", color=ink)
        elif row.mark == UNSURE:
            axes.text(x, y + 0.29, UNSURE, ha="center", va="center", fontsize=5, color=ink)


def _sides(axes: plt.Axes, overall: pd.DataFrame, rows: list[str], gap: int) -> None:
    """The mean rank of each method with its interval, beside the table."""
    for row in overall.itertuples():
        y = _height(rows.index(row.method), gap)
        colour = CONTROL if row.control else METHOD
        axes.plot([row.low, row.high], [y, y], color=colour, linewidth=1)
        axes.plot(row.rank, y, "o", markersize=3.5, color=colour)
    axes.set(xlim=(0.5, len(rows) + 0.5), xlabel="mean rank over all measures\n(1 is the best)")
    axes.tick_params(left=False, labelleft=False)
    axes.grid(axis="x", linewidth=0.3, color="0.9")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _name_measures(axes: plt.Axes, columns: list[str], measures: Mapping[str, Mapping]) -> None:
    """The measures' names above the table."""
    axes.tick_params(length=0)
    axes.xaxis.tick_top()
    arrows = ["" if measures[name]["direction"] > 0 else " (lower is better)" for name in columns]
    names = [measures[name]["label"] + arrow for name, arrow in zip(columns, arrows, strict=True)]
    axes.set_xticks(range(len(columns)), names, rotation=40, ha="left", rotation_mode="anchor")
    for spine in axes.spines.values():
        spine.set_visible(False)


def _name_groups(axes: plt.Axes, columns: list[str], measures: Mapping[str, Mapping], bottom: float) -> None:
    """A line with the group's name beneath the measures of each group."""
    start = 0
    for group in dict.fromkeys(measures[name]["group"] for name in columns):
        size = sum(measures[name]["group"] == group for name in columns)
        axes.plot([start - 0.45, start + size - 0.55], [bottom - 0.05] * 2, color="0.3", linewidth=1, clip_on=False)
        axes.annotate(
            group,
            (start + size / 2 - 0.5, bottom),
            xytext=(0, -4),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=7,
            annotation_clip=False,
        )
        start += size


def _key(marker: str | Path, label: str, face: str | None = None) -> Line2D:
    """A mark of the legend: a marker's name, or the outline of a letter."""
    letter = isinstance(marker, Path)
    key = Line2D([], [], marker=marker, label=label, color="0.1", markersize=9 if letter else 3, linestyle="")
    if letter:
        key.set_markeredgewidth(0)  # it is filled
    if face:
        key.set_markerfacecolor(face)
    return key


def _keys(figure: plt.Figure, left: plt.Axes, right: plt.Axes) -> None:
    """Colour scale and legend of the marks."""
    bar = figure.colorbar(
        ScalarMappable(Normalize(-1, 1), COLOURS), ax=[left, right], location="bottom", shrink=0.6, aspect=40, pad=0.09
    )
    bar.set_ticks([-1, 0, 1], labels=["as chance, or worse", "as the best control", "perfect explanation"])
    bar.outline.set_linewidth(0.4)
    keys = [
        _key("o", "not apart from every control (intervals overlap)", face="none"),
        _key("x", "worse than the best control, its own untrained network among them"),
        _key(TextPath((0, 0), UNSURE), f"no verdict: fewer than {MIN_GROUPS} kin groups"),
    ]
    figure.legend(handles=keys, loc="outside lower center", ncols=3, frameon=False, fontsize=6.5)


def draw_evaluation_summary(
    scores_path: str | os.PathLike,
    ranking_path: str | os.PathLike,
    samples_path: str | os.PathLike,
    output: str | os.PathLike,
    *,
    model: str,
    measures: Mapping[str, Mapping],
    groups: Mapping[str, str],
) -> None:
    """Every method and control by every measure, on one page.

    Parameters
    ----------
    scores_path : str or path
        evaluation/scores.csv.
    ranking_path : str or path
        evaluation/ranking.csv.
    samples_path, output : str or path
        samples.csv; the figure, SVG or PNG by its suffix.
    model : str
        Name of the model.
    measures : mapping
        Measure -> its entry in the registry.
    groups : mapping
        Group -> what its measures ask.
    """
    style.apply()
    scores, ranking = read_table(scores_path, TEXT, TEXT), read_table(ranking_path, RANKING_TEXT, RANKING_TEXT)
    cells = _ranked_cells(scores, ranking, measures)
    overall = ranking[ranking["scope"] == OVERALL].sort_values(["control", "rank"], kind="stable")
    rows = list(dict.fromkeys([*overall["method"], *cells["method"]]))  # last the controls that some measures lack
    columns = list(dict.fromkeys(cells["measure"]))
    gap = int((~overall["control"]).sum())
    bottom, wide = len(rows) + 0.5 * (gap < len(rows)) - 0.4, 0.42 * len(columns)
    figure, (left, right) = plt.subplots(
        1,
        2,
        sharey=True,
        figsize=(max(style.WIDTH, 3.1 + wide), 2.9 + 0.27 * len(rows)),
        width_ratios=[max(wide, 3.4), 1.5],
        layout="constrained",
    )
    _table(left, cells, rows, columns, gap)
    _sides(right, overall, rows, gap)
    at = [_height(k, gap) for k in range(len(rows))]
    left.set(xlim=(-0.6, len(columns) - 0.4), ylim=(bottom, -0.6), yticks=at, yticklabels=rows)
    for label in left.get_yticklabels()[gap:]:
        label.set_color(CONTROL)
    _name_measures(left, columns, measures)
    _name_groups(left, columns, measures, bottom)
    _keys(figure, left, right)
    asked = "\n".join(f"{group}: {groups[group]}" for group in dict.fromkeys(measures[c]["group"] for c in columns))
    simulated = read.simulated_phrase(read.load_samples(samples_path, ()))
    title = f"Which explanations of {model} are right?" + (f" ({simulated})" if simulated else "")
    notes = "Grey names: controls, which know nothing of the network"
    if any(measures[name]["within"] for name in columns):
        notes += "\nwithin: each region is compared with the same region of other faces of its class"
    figure.suptitle(f"{title}\n{notes}\n{asked}", fontsize=8)
    style.save(figure, output)
