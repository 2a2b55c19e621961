"""Heat maps of RQ2 (correlation, methods x regions) and RQ1 (effect size, methods x syndrome and region)."""

from __future__ import annotations

import os

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_table
from gestalt_regions.figures import style
from gestalt_regions.figures.selection import EVERYTHING, Selection
from gestalt_regions.statistics.toolkit.table_text import KIND

ROW = 0.24  # inches per method


def _simulated(table: pd.DataFrame) -> str:
    """What the title says of simulated images."""
    return "; simulated cohort" if table["simulated"].astype(str).eq("True").any() else ""


def _selected(table: pd.DataFrame, selected: Selection) -> pd.DataFrame:
    """The rows of the methods and regions to show."""
    methods, regions = selected.methods_of(table["method"].unique()), selected.regions_of(table["region"].unique())
    return table[table["method"].isin(methods) & table["region"].isin(regions)]


def _wide(table: pd.DataFrame, columns: str | list[str], values: str) -> pd.DataFrame:
    """Methods x `columns`, both in the order of the table (pivoting alone would sort them)."""
    wide = table.pivot_table(index="method", columns=columns, values=values, aggfunc="first")
    order = table[columns].drop_duplicates()
    names = list(order) if isinstance(columns, str) else pd.MultiIndex.from_frame(order)
    return wide.reindex(index=table["method"].unique(), columns=names)


def _heatmap(axes: plt.Axes, values: pd.DataFrame, text: np.ndarray, *, limit: float, label: str, bar: bool) -> None:
    """One panel; undefined cells are grey and say so."""
    values = values.astype(float)
    sns.heatmap(
        values,
        ax=axes,
        cmap=style.DIVERGING,
        center=0,
        vmin=-limit,
        vmax=limit,
        annot=text,
        fmt="",
        linewidths=0.4,
        annot_kws={"fontsize": 6.3},
        cbar=bar,
        cbar_kws={"label": label, "aspect": 25, "pad": 0.02},
        mask=values.isna(),
    )
    axes.set_facecolor("0.88")  # undefined cells
    axes.set(xlabel="", ylabel="")
    axes.tick_params(length=0)
    axes.tick_params(axis="y", rotation=0)
    for row, column in zip(*np.nonzero(values.isna().to_numpy()), strict=True):
        axes.text(column + 0.5, row + 0.5, "n/a", ha="center", va="center", fontsize=6, color="0.35")


def draw_correlation_heatmap(
    table_path: str | os.PathLike, output: str | os.PathLike, *, selected: Selection = EVERYTHING
) -> None:
    """Mean correlation over the fold models (RQ2); the pooled one beside where the table has both.

    Parameters
    ----------
    table_path : str or path
        table4.csv.
    output : str or path
        The figure; SVG or PNG by its suffix.
    selected : Selection
        Methods and regions to show.
    """
    style.apply()
    table = read_table(table_path, ["method", "region", "correlation", "rho_mean", "simulated"])
    table = _selected(table, selected)
    panels = {KIND[table["correlation"].iloc[0]]: "rho_mean"}
    if "pooled_mean" in table:
        panels[KIND["pooled"]] = "pooled_mean"
    limit = max(0.3, float(np.nanmax([0.0, *table[list(panels.values())].abs().to_numpy().ravel()])))
    height = 1.1 + ROW * table["method"].nunique()
    figure, grid = plt.subplots(
        1,
        len(panels),
        figsize=(style.WIDTH, height),
        sharey=True,
        squeeze=False,
        layout="constrained",
        width_ratios=[1] * (len(panels) - 1) + [1.12],
    )
    for number, (axes, (title, column)) in enumerate(zip(grid[0], panels.items(), strict=True), start=1):
        values = _wide(table, "region", column)
        text = values.map(lambda v: f"{v:.2f}".replace("-0.00", "0.00") if np.isfinite(v) else "").to_numpy()
        _heatmap(axes, values, text, limit=limit, label="mean Spearman correlation", bar=number == len(panels))
        axes.set_title(title)
    figure.suptitle(f"Region coefficient and number of HPO annotations{_simulated(table)}", fontsize=8)
    style.save(figure, output)


def draw_significance_heatmap(
    tests_path: str | os.PathLike, output: str | os.PathLike, *, variant: str, selected: Selection = EVERYTHING
) -> None:
    """Rank-biserial effect size of every RQ1 test of one variant; a star marks the significant ones.

    Parameters
    ----------
    tests_path : str or path
        table3_tests.csv.
    output : str or path
        The figure; SVG or PNG by its suffix.
    variant : str
        Variant of Table 3.
    selected : Selection
        Methods, regions and classes to show.

    Raises
    ------
    InputError
        For an unknown variant.
    """
    style.apply()
    needed = ["variant", "method", "syndrome", "region", "policy", "rank_biserial", "significant", "simulated"]
    tests = read_table(tests_path, needed, strings=["variant", "method", "syndrome", "region", "significant"])
    known = tests["variant"].unique()
    tests = tests[tests["variant"] == variant]
    if tests.empty:
        raise InputError(f"{tests_path}: no tests of the variant '{variant}'; {nearest(variant, known)}")
    tests = _selected(tests, selected)
    chosen = selected.classes_of(tests["syndrome"].unique())
    tests = pd.concat([tests[tests["syndrome"] == syndrome] for syndrome in chosen])
    values = _wide(tests, ["syndrome", "region"], "rank_biserial")
    stars = _wide(tests, ["syndrome", "region"], "significant")
    text = np.where(values.isna(), "", values.map(lambda v: f"{v:.2f}".replace("0.", ".").replace("-.00", ".00")))
    text = text.astype(object) + np.where(stars == "True", "*", "").astype(object)
    width = max(style.WIDTH, 1.6 + 0.36 * values.shape[1])
    figure, axes = plt.subplots(figsize=(width, 1.3 + ROW * len(values)), layout="constrained")
    _heatmap(axes, values, text, limit=1.0, label="rank-biserial effect", bar=True)
    syndromes = list(dict.fromkeys(values.columns.get_level_values("syndrome")))
    regions = values.shape[1] // len(syndromes)
    axes.set_xticks(np.arange(values.shape[1]) + 0.5, values.columns.get_level_values("region"), rotation=90)
    for position, syndrome in enumerate(syndromes):
        centre = (position + 0.5) * regions
        axes.text(centre, -0.15, syndrome, ha="center", va="bottom", fontsize=7)
        if position:
            axes.axvline(position * regions, color="black", linewidth=0.8)
    tested = f"{variant}, {tests['policy'].iloc[0]}"
    title = f"Syndrome against control: positive where the syndrome is higher; * significant, {tested}"
    figure.suptitle(title + _simulated(tests), fontsize=8)
    style.save(figure, output)
