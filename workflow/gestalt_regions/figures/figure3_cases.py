"""Figure 3: one case on a card; image, regions, coefficients of every method, and the HPO terms that raters saw."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_array, read_table
from gestalt_regions.figures import style
from gestalt_regions.figures.figure1_montage import load_faces_index
from gestalt_regions.figures.figure5_maps import choose_faces
from gestalt_regions.figures.selection import EVERYTHING, Selection
from gestalt_regions.regions.coefficients import PAPER_REGION_IDS
from gestalt_regions.statistics.toolkit import read

LONGEST = 13  # terms listed; further ones are counted
RATERS = 3


def rated_terms(ratings: pd.Series, region_of: Mapping[str, str]) -> list[tuple[str, str, int]]:
    """The terms that somebody saw.

    Parameters
    ----------
    ratings : pandas.Series
        Number of raters by term.
    region_of : mapping
        Term -> region.

    Returns
    -------
    list of tuple
        (region, term, raters): regions of the map first, then by number of raters.
    """
    order = [*PAPER_REGION_IDS, *dict.fromkeys(region_of.values())]
    seen = [(region_of[term], term, int(count)) for term, count in ratings.items() if count > 0]
    return sorted(seen, key=lambda item: (order.index(item[0]), -item[2]))


def _image(axes: plt.Axes, crop: np.ndarray, title: str) -> None:
    """A picture without frame."""
    axes.imshow(crop)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.set_title(title, fontsize=7)


def _regions(axes: plt.Axes, crop: np.ndarray, regions: np.ndarray, colours: Mapping[str, str]) -> None:
    """The regions over the grey crop."""
    _image(axes, np.repeat(crop.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8), "regions")
    for region, colour in colours.items():
        mask = regions == PAPER_REGION_IDS[region]
        if mask.any():
            axes.contourf(mask, levels=[0.5, 1.5], colors=[colour], alpha=0.35)
            axes.contour(mask, levels=[0.5], colors=[colour], linewidths=1)


def _bars(axes: plt.Axes, cell: pd.DataFrame, methods: Sequence[str], colours: Mapping[str, str]) -> None:
    """Mean over the fold models as a bar for each method and region, the fold models as points."""
    thickness = 0.8 / len(colours)
    for number, (region, colour) in enumerate(colours.items()):
        for row, method in enumerate(methods):
            values = cell.loc[(cell["method"] == method) & (cell["region"] == region), "coefficient"].dropna()
            if values.empty:
                continue
            y = row - 0.4 + (number + 0.5) * thickness
            axes.barh(y, values.mean(), thickness, color=colour, edgecolor="0.3", linewidth=0.3)
            axes.plot(values, np.full(len(values), y), "k.", markersize=1.5)
    axes.set_yticks(range(len(methods)), methods, fontsize=6 if len(methods) < 9 else 5)
    axes.set(ylim=(len(methods) - 0.4, -0.6), xlim=(0, None))
    axes.tick_params(axis="y", length=0)
    axes.set_title("region coefficient", fontsize=7)


def _terms(axes: plt.Axes, terms: Sequence[tuple[str, str, int]], colours: Mapping[str, str]) -> None:
    """The terms with a dot for each rater."""
    axes.set_axis_off()
    axes.set_title(f"HPO terms (of {RATERS} raters)", fontsize=7, loc="left")
    shown = list(terms[:LONGEST])
    if not terms:
        axes.text(0, 0.95, "no term seen", va="top", fontsize=6.5)
    for line, (region, term, count) in enumerate(shown):
        y = 0.97 - line * 0.97 / max(len(shown) + (len(terms) > LONGEST), 9)
        dots = "●" * min(count, RATERS) + "○" * max(0, RATERS - count)
        axes.text(
            0,
            y,
            dots,
            va="top",
            fontsize=6,
            color=colours.get(region, "0.6"),
            bbox={"facecolor": "0.25", "linewidth": 0, "pad": 0.8},
        )
        short = term if len(term) <= 36 else f"{term[:34]}…"
        axes.text(0.17, y, f"{short} ({region})", va="top", fontsize=6)
    if len(terms) > LONGEST:
        axes.text(0.17, 0, f"and {len(terms) - LONGEST} more", va="top", fontsize=6)


def _grid(cases: int, methods: int) -> tuple[plt.Figure, np.ndarray]:
    """A row of four panels for each case, at least one."""
    height = max(1.75, 0.5 + 0.13 * max(methods, 9))
    return plt.subplots(
        max(1, cases),
        4,
        figsize=(style.WIDTH, 0.35 + height * max(1, cases)),
        squeeze=False,
        width_ratios=[1, 1, 1.15, 1.75],
        layout="constrained",
    )


def _finish(figure: plt.Figure, colours: Mapping[str, str], simulated: str, output: str | os.PathLike) -> None:
    """Legend of the regions and title."""
    handles = [plt.Rectangle((0, 0), 1, 1, color=colour) for colour in colours.values()]
    figure.legend(handles, list(colours), loc="outside lower center", ncols=len(colours))
    figure.suptitle(
        "Cases: image, regions, coefficients, annotations" + (f"; {simulated}" if simulated else ""), fontsize=8
    )
    style.save(figure, output, dpi=200)


def _load_ratings(
    annotations_path: str | os.PathLike, terms_path: str | os.PathLike
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Raters who saw each term, by sample; and the region of each term."""
    terms = read_table(terms_path, ["term", "region"], strings=["term", "region"])
    ratings = read_table(annotations_path, ["sample_id"], strings=["sample_id"]).set_index("sample_id")
    return ratings, dict(zip(terms["term"], terms["region"], strict=True))


def _rows_of(coefficients: pd.DataFrame, shown: Sequence[str]) -> pd.DataFrame:
    """The coefficients of the cases, with method and sample as text."""
    return coefficients[coefficients["sample_id"].isin(shown)].astype({"method": str, "sample_id": str})


def _annotated(coefficients: pd.DataFrame, ratings: pd.DataFrame) -> pd.DataFrame:
    """sample_id, label, target, set of the explained images that have ratings."""
    images = coefficients.drop_duplicates("sample_id")[["sample_id", "label", "target"]].astype(str)
    return images.assign(set="heldout")[images["sample_id"].isin(ratings.index)].reset_index(drop=True)


def _agreement(cell: pd.DataFrame) -> str:
    """The class that most fold models explain, and how many they are."""
    predicted = cell.drop_duplicates("fold")["target"].value_counts()
    return f"{predicted.index[0]} by {predicted.iloc[0]} of {predicted.sum()} models"


def _say_none(line: np.ndarray) -> None:
    """A card that says that there is none."""
    for axes in line:
        axes.set_axis_off()
    line[0].text(0, 0.5, "no annotated held-out image is explained", fontsize=8)


def draw_cases(
    *,
    crops_path: str | os.PathLike,
    regions_path: str | os.PathLike,
    faces_path: str | os.PathLike,
    samples_path: str | os.PathLike,
    coefficient_paths: Sequence[str | os.PathLike],
    annotations_path: str | os.PathLike,
    terms_path: str | os.PathLike,
    output: str | os.PathLike,
    policy: str,
    samples: Sequence[str],
    count: int,
    control: str,
    selected: Selection = EVERYTHING,
) -> None:
    """Figure 3: a card for each case: image, regions, coefficients, HPO terms.

    Parameters
    ----------
    crops_path, regions_path, faces_path : str or path
        Crops uint8 [N, S, S, 3], region maps uint8 [N, S, S], faces/index.csv.
    samples_path, output : str or path
        samples.csv; the figure, SVG or PNG by its suffix.
    coefficient_paths : sequence of str or path
        coefficients/{method}.csv.
    annotations_path, terms_path : str or path
        Raters who saw each term, by image; the terms and their regions.
    samples : sequence of str
        The cases; none: the first `count` annotated held-out images that were recognised.
    policy, control, count : str, str, int
        Policy of the coefficients; label of the control class; cases without a list.
    selected : Selection
        Methods, regions and classes to show.

    Raises
    ------
    InputError
        For a sample that is not an annotated, explained held-out image.
    """
    style.apply()
    paths = {Path(path).stem: path for path in coefficient_paths}
    methods = selected.methods_of(paths)
    table, crops, regions = read.load_samples(samples_path), read_array(crops_path), read_array(regions_path)
    rows = load_faces_index(faces_path, table, len(crops)).set_index("sample_id")["row"]
    of_methods = (data for data, _ in read.by_method([paths[method] for method in methods], policy, "heldout", table))
    first = next(of_methods)
    ratings, region_of = _load_ratings(annotations_path, terms_path)
    images = _annotated(first, ratings)
    colours = selected.region_colours(style.region_colours(list(PAPER_REGION_IDS)))
    if samples and images.empty:
        raise InputError(f"figures.figure3.samples: no explained held-out image is in {annotations_path}")
    pool = images if samples else selected.faces_of(images)
    shown = choose_faces(pool, samples, count, control, "figures.figure3.samples") if len(images) else []
    data = pd.concat([_rows_of(of_method, shown) for of_method in chain([first], of_methods)])
    labels = images.set_index("sample_id")["label"]
    figure, grid = _grid(len(shown), len(methods))
    for line, sample in zip(grid, shown, strict=False):
        face, cell = int(rows[sample]), data[data["sample_id"] == sample]
        _image(line[0], np.asarray(crops[face]), f"{labels[sample]}\n{_agreement(cell)}")
        _regions(line[1], np.asarray(crops[face]), np.asarray(regions[face]), colours)
        _bars(line[2], cell, methods, colours)
        _terms(line[3], rated_terms(ratings.loc[sample], region_of), colours)
    if not shown:
        _say_none(grid[0])
    _finish(figure, colours, read.simulated_phrase(table), output)
