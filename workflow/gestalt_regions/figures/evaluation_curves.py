"""Deletion, insertion and ROAD curves, and similarity along the cascade of weights drawn again: a panel a method."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.lines import Line2D

from gestalt_regions.core.io import read_table
from gestalt_regions.core.seeds import generator
from gestalt_regions.evaluation.scored_maps import TRAINED
from gestalt_regions.figures import style
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval, mean_defined

FIRST, SECOND = "#0072B2", "#D55E00"  # after Okabe and Ito
# panel -> its curves: line -> name in the table, and whether it runs from the blurred face to the whole one
PANELS = {
    "deletion": ({"most": "mean_most", "least": "mean_least"}, False),
    "insertion": ({"most": "blur_least", "least": "blur_most"}, True),
    "ROAD": ({"most": "road_most", "least": "road_least"}, False),
}
LINES = {"most": (FIRST, "-", "most relevant first"), "least": (SECOND, "--", "least relevant first")}
SIMILARITIES = {"rank": (FIRST, "-", "rank correlation"), "ssim": (SECOND, "--", "SSIM")}


def mean_curve(
    part: pd.DataFrame, x: str, y: str, *, samples: pd.DataFrame, bootstrap: Mapping, seed: int
) -> pd.DataFrame:
    """Mean of one column at each value of another, with intervals.

    Parameters
    ----------
    part : pandas.DataFrame
        sample_id, fold and both columns.
    x : str
        The column of the places.
    y : str
        The column of the values.
    samples : pandas.DataFrame
        samples.csv.
    bootstrap : mapping
        n_resamples, level, group (whole kin groups are drawn).
    seed : int
        Seed of the study.

    Returns
    -------
    pandas.DataFrame
        x, mean, low, high and n, the number of faces.
    """
    wide = part.pivot_table(index=["sample_id", "fold"], columns=x, values=y, dropna=False)
    faces = wide.index.get_level_values("sample_id")
    kin = samples.set_index("sample_id").loc[faces, bootstrap["group"]]
    values = wide.to_numpy(float)
    weights = Weights(kin, bootstrap["n_resamples"], generator(seed, "curves"))
    drawn = zip(weights.means(values).T, weights.groups_with(values), strict=True)
    limits = [interval(column, bootstrap["level"], groups) for column, groups in drawn]
    low, high = np.array(limits).reshape(-1, 2).T
    columns = {
        x: wide.columns,
        "mean": mean_defined(values, 0),
        "low": low,
        "high": high,
        "n": np.isfinite(values).sum(0),
    }
    return pd.DataFrame(columns)


def _grid(lines: int, columns: int, height: float) -> tuple[plt.Figure, np.ndarray]:
    """Panels of one width with common axes; height in inches."""
    size = (style.WIDTH, height)
    return plt.subplots(lines, columns, figsize=size, squeeze=False, sharex=True, sharey=True, layout="constrained")


def _line(axes: plt.Axes, curve: pd.DataFrame, x: np.ndarray, colour: str, dashes: str) -> None:
    axes.fill_between(x, curve["low"], curve["high"], color=colour, alpha=0.18, linewidth=0)
    axes.plot(x, curve["mean"], color=colour, linestyle=dashes, linewidth=1, marker=".", markersize=2.5)


def _finish(figure: plt.Figure, keys: Mapping, title: str, samples: pd.DataFrame, output: str | os.PathLike) -> None:
    handles = [
        Line2D([], [], color=c, linestyle=dashes, linewidth=1, label=label) for c, dashes, label in keys.values()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False)
    sns.despine(figure)
    simulated = read.simulated_phrase(samples)
    figure.suptitle(f"{title} ({simulated})" if simulated else title, fontsize=8)
    style.save(figure, output)


def draw_removal(
    paths: Mapping[str, str], samples_path: str, output: str | os.PathLike, *, sign: str, bootstrap: Mapping, seed: int
) -> None:
    """Deletion, insertion and ROAD curves on the trained networks: a row a method.

    A column is a kind of removal.

    Parameters
    ----------
    paths : mapping
        Method -> its curves, CSV.
    samples_path, output : str or path
        samples.csv; the figure, SVG or PNG by its suffix.
    sign : str
        Policy of the maps: signed or absolute.
    bootstrap : mapping
        n_resamples, level, group.
    seed : int
        Seed of the study.
    """
    style.apply()
    samples = read.load_samples(samples_path, ())
    figure, grid = _grid(len(paths), len(PANELS), 0.9 + 0.72 * len(paths))
    text = ["sample_id", "fold", "network", "policy", "curve"]
    for row, (method, path) in zip(grid, paths.items(), strict=True):
        table = read_table(path, [*text, "share", "probability"], text)
        table = table[(table["network"] == TRAINED) & (table["policy"] == sign)]
        for axes, (panel, (curves, backwards)) in zip(row, PANELS.items(), strict=True):
            for line, name in curves.items():
                part = table[table["curve"] == name]
                curve = mean_curve(part, "share", "probability", samples=samples, bootstrap=bootstrap, seed=seed)
                x = 1 - curve["share"] if backwards else curve["share"]
                _line(axes, curve, x.to_numpy(), *LINES[line][:2])
            if row is grid[0]:
                axes.set_title(panel)
        row[0].set_ylabel(method, rotation=0, ha="right", va="center")
    for axes, what in zip(grid[-1], ("replaced by mean", "put into the blur", "imputed"), strict=True):
        axes.set(xlabel=f"share {what}", xlim=(0, 1), ylim=(0, 1))
    faces = table["sample_id"].nunique()
    _finish(figure, LINES, f"Probability of the explained class, {sign} maps, {faces} faces", samples, output)


def _cascade_line(axes: plt.Axes, curve: pd.DataFrame, x: np.ndarray, similarity: str) -> None:
    """A curve over the steps of the cascade, and its last value (labels shuffled) apart at the right."""
    colour, dashes, _ = SIMILARITIES[similarity]
    _line(axes, curve[:-1], x[:-1], colour, dashes)
    last, beside = curve.iloc[-1], 0.12 if similarity == "ssim" else -0.12
    bars = np.nan_to_num([[last["mean"] - last["low"]], [last["high"] - last["mean"]]]).clip(0)
    axes.errorbar(x[-1] + beside, last["mean"], yerr=bars, color=colour, fmt="o", markersize=2.5, linewidth=0.9)


def _name_lowest(grid: np.ndarray) -> None:
    """Names of the steps below the last panel of each column alone."""
    for column in grid.T:
        for last in [axes for axes in column if axes.axison][-1:]:
            last.tick_params(axis="x", labelrotation=45, labelbottom=True)
            plt.setp(last.get_xticklabels(), ha="right", rotation_mode="anchor")


def draw_cascade(
    paths: Mapping[str, str],
    samples_path: str,
    output: str | os.PathLike,
    *,
    controls: Sequence[str],
    bootstrap: Mapping,
    seed: int,
    columns: int = 3,
) -> None:
    """Similarity to the trained network's maps as more of it is drawn again: a panel a method.

    The cascade goes from the head down; apart at the right are networks trained on shuffled labels.

    Parameters
    ----------
    paths : mapping
        Method -> its curves, CSV.
    samples_path, output : str or path
        samples.csv; the figure, SVG or PNG by its suffix.
    controls : sequence of str
        Methods that are controls.
    bootstrap : mapping
        n_resamples, level, group.
    seed : int
        Seed of the study.
    columns : int
        Panels side by side.
    """
    style.apply()
    samples = read.load_samples(samples_path, ())
    lines = -(-len(paths) // columns)
    figure, grid = _grid(lines, columns, 1.6 + 0.95 * lines)
    for axes in grid.ravel()[len(paths) :]:
        axes.set_axis_off()
    text = ["sample_id", "fold", "redrawn", "similarity"]
    for axes, (method, path) in zip(grid.ravel(), paths.items(), strict=False):
        table = read_table(path, [*text, "step", "value"], text)
        names = table.drop_duplicates("step").sort_values("step")["redrawn"].tolist()
        x = np.array([*range(len(names) - 1), len(names) - 0.5])
        for similarity in SIMILARITIES:
            part = table[table["similarity"] == similarity]
            curve = mean_curve(part, "step", "value", samples=samples, bootstrap=bootstrap, seed=seed)
            _cascade_line(axes, curve, x, similarity)
        axes.set_title(f"{method} (control)" if method in controls else method)
        axes.axhline(0, color="0.8", linewidth=0.5, zorder=0)
        axes.set_xticks(x, names)
        axes.set_ylim(-0.55, 1.1)
    _name_lowest(grid)
    for line in grid:
        line[0].set_ylabel("similarity")
    faces = table["sample_id"].nunique()
    title = f"Similarity to the absolute maps of the trained network, {faces} faces"
    _finish(figure, SIMILARITIES, title, samples, output)
