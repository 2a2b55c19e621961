"""Figure 6: region coefficients of every class, unaffected faces beside each syndrome (section 5.1)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_table
from gestalt_regions.figures import style
from gestalt_regions.figures.selection import EVERYTHING, Selection
from gestalt_regions.saliency.shown_methods import shown
from gestalt_regions.statistics.table3_rq1 import units
from gestalt_regions.statistics.toolkit import read

TEXT = ["variant", "method", "syndrome", "region", "significant"]


def _significant_cells(tests_path: str | os.PathLike, variant: str) -> set[tuple[str, str, str]]:
    """(method, syndrome, region) of the significant tests of one variant of table3_tests.csv."""
    tests = read_table(tests_path, TEXT, strings=TEXT)
    starred = tests[(tests["variant"] == variant) & (tests["significant"] == "True")]
    return set(zip(starred["method"], starred["syndrome"], starred["region"], strict=True))


def choose_methods(paths: Sequence[str | os.PathLike], chosen: Sequence[str]) -> list[str]:
    """The methods to draw.

    Parameters
    ----------
    paths : sequence of str or path
        coefficients/{method}.csv of all methods.
    chosen : sequence of str
        Methods asked for.

    Returns
    -------
    list of str
        `chosen`; or the paper's four, or the first four of `paths` where one of them is missing.

    Raises
    ------
    InputError
        For a method without coefficients.
    """
    known = [Path(path).stem for path in paths]
    for method in chosen:
        if method not in known:
            raise InputError(f"figures.figure6.methods: no coefficients of '{method}'; {nearest(method, known)}")
    return shown(chosen, known)


def _draw_panel(axes: plt.Axes, panel: pd.DataFrame, order: list[str], colours: Mapping, starred: set[str]) -> None:
    """Boxes (median, quartiles, whiskers 1.5 IQR) in `order`, the control first; its median runs across as a line."""
    sns.boxplot(
        panel,
        x="label",
        y="coefficient",
        hue="label",
        order=order,
        hue_order=order,
        palette=colours,
        legend=False,
        ax=axes,
        width=0.65,
        linewidth=0.6,
        fliersize=1.2,
        flierprops={"marker": "."},
    )
    control = panel.loc[panel["label"] == order[0], "coefficient"].median()
    axes.axhline(control, color="0.35", linewidth=0.6, linestyle="--", zorder=0)
    axes.margins(y=0.14)
    for position, label in enumerate(order):
        if label in starred:
            axes.text(position, 0.93, "*", ha="center", va="center", fontsize=10, transform=axes.get_xaxis_transform())
    axes.set(xlabel="", ylabel="")
    axes.ticklabel_format(axis="y", style="sci", scilimits=(-2, 3))
    axes.yaxis.get_offset_text().set_fontsize(6)


def _panels(methods: int, regions: int) -> tuple[plt.Figure, np.ndarray]:
    """A row of panels for each method, a column for each region."""
    return plt.subplots(
        methods,
        regions,
        figsize=(style.WIDTH, 0.75 + 1.35 * methods),
        sharex=True,
        squeeze=False,
        layout="constrained",
    )


def _count(values: pd.DataFrame, unit: str) -> pd.Series:
    """Number of units of each class."""
    named = {"image": "sample_id", "subject": "subject_id", "kin_group": "kin_group"}[unit]
    return values.drop_duplicates(["label", named])["label"].value_counts()


def _name_classes(line: np.ndarray, names: list[str]) -> None:
    """Names of the classes below the last row of panels."""
    for axes in line:
        axes.set_xticks(range(len(names)), names)
        axes.tick_params(axis="x", labelrotation=45)
        plt.setp(axes.get_xticklabels(), ha="right", rotation_mode="anchor")


def draw_boxplots(
    *,
    coefficient_paths: Sequence[str | os.PathLike],
    tests_path: str | os.PathLike,
    samples_path: str | os.PathLike,
    output: str | os.PathLike,
    policy: str,
    control: str,
    syndromes: Sequence[str],
    variant: str,
    unit: str,
    selected: Selection = EVERYTHING,
) -> None:
    """Figure 6: box plots of the very values that a variant tests (section 5.1).

    One row per method, one column per region. A star marks a significant test of that variant; n in the axis labels
    counts its units.

    Parameters
    ----------
    coefficient_paths : sequence of str or path
        coefficients/{method}.csv.
    tests_path, samples_path, output : str or path
        table3_tests.csv; samples.csv; the figure, SVG or PNG by its suffix.
    syndromes : sequence of str
        Labels that were tested (none: all).
    policy, control : str
        Policy of the coefficients; label of the control class.
    variant, unit : str
        Variant of Table 3, and its unit (image, subject or kin_group).
    selected : Selection
        Methods, regions and classes to show.
    """
    style.apply()
    samples = read.load_samples(samples_path, ())
    shown = choose_methods(coefficient_paths, selected.methods)
    paths = [path for method in shown for path in coefficient_paths if Path(path).stem == method]
    stars = _significant_cells(tests_path, variant)
    grid: np.ndarray | None = None
    of_methods = read.by_method(paths, policy, "folds", samples)
    for row, (method, (coefficients, all_regions)) in enumerate(zip(shown, of_methods, strict=True)):
        regions = selected.regions_of(all_regions)
        if grid is None:
            tested = read.ordered_labels(coefficients["label"], control, syndromes)
            colours = style.group_colours([control, *tested], control)
            order = [control, *selected.classes_of(tested)]
            figure, grid = _panels(len(shown), len(regions))
        values = units(coefficients[coefficients["label"].isin(order)], unit)
        if row == 0:
            counts = _count(values, unit)
        for region, axes in zip(regions, grid[row], strict=True):
            starred = {label for label in order if (method, label, region) in stars}
            panel = values.loc[values["region"] == region, ["label", "coefficient"]]
            _draw_panel(axes, panel.astype({"label": str}), order, colours, starred)  # categories make seaborn dodge
            if row == 0:
                axes.set_title(region)
        grid[row][0].set_ylabel(f"{method}\ncoefficient")
    assert grid is not None  # by_method gives at least one table, or says what lacks
    _name_classes(grid[-1], [f"{label} ({counts.get(label, 0)})" for label in order])
    sns.despine(figure)
    simulated = read.simulated_phrase(samples)
    counted = f"{unit.replace('_', ' ')}s"
    title = f"Region coefficients ({policy}) by class (n {counted}); * differs from {control}, {variant} test"
    figure.suptitle(title + (f"; {simulated}" if simulated else ""), fontsize=8)
    style.save(figure, output)
