"""Maps against where readers look: a panel for each measure, a row for each map, a colour for each group of readers."""

from __future__ import annotations

import os

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.lines import Line2D

from gestalt_regions.core.io import read_table
from gestalt_regions.figures import style
from gestalt_regions.statistics.toolkit import read

COLUMNS = 4
PANELS = [  # (gaze, measure, title)
    ("each reader", "nss", "NSS"),
    ("each reader", "auc_judd", "AUC-Judd"),
    ("each reader", "auc_shuffled", "shuffled AUC"),
    ("each reader", "information_gain", "information gain, bits\nover the centre bias"),
    ("all readers", "cc", "CC"),
    ("all readers", "sim", "SIM"),
    ("all readers", "kl", "KL divergence\nlower is better"),
    ("all readers", "iou_duong_low", "IoU (Duong, cut 70)"),
]
KINDS = ["ceiling", "truth", "method", "control", "floor"]  # from top to bottom
TEXT = ["group", "gaze", "measure", "method", "kind", "note"]
MOST_GROUPS = 6
SAME = 1e-6  # a uniform map has one value for all groups in measures whose chance does not depend on the gaze


def _rows(scores: pd.DataFrame) -> tuple[list[str], list[float]]:
    """Maps from top to bottom, and the lines between kinds."""
    known = scores.drop_duplicates("method").set_index("method")["kind"]
    known = known.sort_index(key=lambda names: names.str.startswith("readers: "), kind="stable")
    names = [name for kind in KINDS for name in known.index[known == kind]]
    kinds = [known[name] for name in names]
    return names, [k - 0.5 for k in range(1, len(kinds)) if kinds[k] != kinds[k - 1]]


def _draw_panel(axes: plt.Axes, part: pd.DataFrame, names: list[str], colours: dict[str, tuple]) -> None:
    step = 0.7 / max(1, len(colours))
    for number, (group, colour) in enumerate(colours.items()):
        of_group = part[(part["group"] == group) & part["value"].notna()]
        places = np.array([names.index(name) for name in of_group["method"]]) + (number + 0.5) * step - 0.35
        values, low, high = (of_group[column].to_numpy(float) for column in ("value", "low", "high"))
        bars = np.nan_to_num(np.stack([values - low, high - values])).clip(0)
        few = np.isnan(low)
        for chosen, marker in ((~few, "o"), (few, "D")):
            axes.errorbar(
                values[chosen],
                places[chosen],
                xerr=bars[:, chosen],
                fmt=marker,
                color=colour,
                markersize=2.2,
                linewidth=0.7,
            )
    uniform = part.loc[part["method"] == "Uniform", "value"]
    if len(uniform) and np.ptp(uniform) < SAME:
        axes.axvline(uniform.iloc[0], color="0.4", linewidth=0.7, linestyle="--", zorder=0)
    axes.set(ylim=(len(names) - 0.4, -0.6), yticks=range(len(names)))
    axes.grid(axis="y", linewidth=0.3, color="0.9")
    axes.set_axisbelow(True)


def draw_gaze_forest(
    scores_path: str | os.PathLike, samples_path: str | os.PathLike, output: str | os.PathLike, *, simulated: bool
) -> None:
    """Draw the scores of all maps, with floor and ceiling.

    Parameters
    ----------
    scores_path : str or path
        gaze_scores.csv.
    samples_path, output : str or path
        samples.csv; the figure, SVG or PNG by its suffix.
    simulated : bool
        Whether the readers are simulated.
    """
    style.apply()
    scores = read_table(scores_path, TEXT, TEXT)
    groups = [group for group in scores["group"].unique() if group != "all"] or ["all"]
    groups = groups if len(groups) <= MOST_GROUPS else ["all"]
    colours = dict(zip(groups, sns.color_palette("colorblind", n_colors=len(groups)), strict=True))
    scores = scores[scores["group"].isin(groups)]
    names, borders = _rows(scores)
    lines = -(-len(PANELS) // COLUMNS)
    height = 0.9 + lines * (0.5 + (0.13 + 0.035 * len(groups)) * len(names))
    figure, grid = plt.subplots(lines, COLUMNS, figsize=(style.WIDTH, height), sharey=True, layout="constrained")
    for axes, (gaze, measure, title) in zip(grid.ravel(), PANELS, strict=True):
        _draw_panel(axes, scores[(scores["gaze"] == gaze) & (scores["measure"] == measure)], names, colours)
        axes.set_title(f"{title}\n{gaze}" if "\n" not in title else title)
        for border in borders:
            axes.axhline(border, color="0.6", linewidth=0.5)
    for line in grid:
        line[0].set_yticks(range(len(names)), names)
    keys = [Line2D([], [], marker="o", markersize=3, color=c, label=group) for group, c in colours.items()]
    keys.append(
        Line2D(
            [],
            [],
            color="0.4",
            linewidth=0.7,
            linestyle="--",
            label="uniform map, where it is the same for all readers",
        )
    )
    if (scores["value"].notna() & scores["low"].isna()).any():
        keys.append(Line2D([], [], marker="D", markersize=3, color="0.4", linestyle="none", label="no interval"))
    figure.legend(handles=keys, loc="outside lower center", ncols=len(keys), frameon=False)
    sns.despine(figure)
    faces = read.simulated_phrase(read.load_samples(samples_path, ()))
    said = "; ".join(each for each in ("simulated readers" if simulated else "", faces) if each)
    figure.suptitle("Maps against where readers look" + (f" ({said})" if said else ""), fontsize=8)
    style.save(figure, output)
