"""Figure 6: region coefficients of every class, unaffected faces beside each syndrome (section 5.1)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_table
from gestalt_regions.figures import style
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
    """The methods to draw: `chosen`; or the paper's four, or the first four of `paths` where one of them is missing."""
    known = [Path(path).stem for path in paths]
    for method in chosen:
        if method not in known:
            raise InputError(f"figures.figure6_methods: no coefficients of '{method}'; {nearest(method, known)}")
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
    axes.ticklabel_format(axis="y", style="sci", scilimits=(-2, 3), useMathText=True)
    axes.yaxis.get_offset_text().set_fontsize(6)


def draw_boxplots(
    *,
    coefficient_paths: Sequence[str | os.PathLike],
    tests_path: str | os.PathLike,
    samples_path: str | os.PathLike,
    output: str | os.PathLike,
    methods: Sequence[str],
    policy: str,
    control: str,
    syndromes: Sequence[str],
    variant: str,
    unit: str,
) -> None:
    """Box plots, one row per method and one column per region, of the very values that `variant` tests.

    A star marks a significant test of that variant in table3_tests.csv; n in the axis labels counts its units.
    """
    style.apply()
    samples = read.load_samples(samples_path, ())
    shown = choose_methods(coefficient_paths, methods)
    paths = [path for method in shown for path in coefficient_paths if Path(path).stem == method]
    stars, grid = _significant_cells(tests_path, variant), None
    of_methods = read.by_method(paths, policy, "folds", samples)
    for row, (method, (coefficients, regions)) in enumerate(zip(shown, of_methods, strict=True)):
        if grid is None:
            order = [control, *read.ordered_labels(coefficients["label"], control, syndromes)]
            colours = style.group_colours(order, control)
            figure, grid = plt.subplots(
                len(shown),
                len(regions),
                figsize=(style.WIDTH, 0.75 + 1.35 * len(shown)),
                sharex=True,
                squeeze=False,
                layout="constrained",
            )
        values = units(coefficients[coefficients["label"].isin(order)], unit)
        if row == 0:
            named = ["label", "sample_id" if unit == "image" else "subject_id"]
            counts = values.drop_duplicates(named)["label"].value_counts()
        for region, axes in zip(regions, grid[row], strict=True):
            starred = {label for label in order if (method, label, region) in stars}
            panel = values.loc[values["region"] == region, ["label", "coefficient"]]
            _draw_panel(axes, panel.astype({"label": str}), order, colours, starred)  # categories make seaborn dodge
            if row == 0:
                axes.set_title(region)
        grid[row][0].set_ylabel(f"{method}\ncoefficient")
    for axes in grid[-1]:
        axes.set_xticks(range(len(order)), [f"{label} ({counts.get(label, 0)})" for label in order])
        axes.tick_params(axis="x", labelrotation=45)
        plt.setp(axes.get_xticklabels(), ha="right", rotation_mode="anchor")
    sns.despine(figure)
    simulated = read.simulated_phrase(samples)
    title = f"Region coefficients by class (n {unit}s); * differs from {control}, {variant} test"
    figure.suptitle(title + (f"; {simulated}" if simulated else ""), fontsize=8)
    style.save(figure, output)
