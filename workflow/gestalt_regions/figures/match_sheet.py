"""The gallery faces nearest to a query: its first disorders with the nearest face of each, on a sheet to read."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from gestalt_regions.cohort import gallery_lists
from gestalt_regions.cohort.gallery_lists import RARE, TEST
from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_array, read_table
from gestalt_regions.figures import style
from gestalt_regions.figures.figure1_montage import load_faces_index
from gestalt_regions.matching.ranks import NEAREST
from gestalt_regions.statistics.toolkit import read

RIGHT = "#0072B2"  # a frame round the true disorder's face
LETTERS = 15  # of a line above a face
INCHES = 1.05  # of a face on the page


def choose_queries(splits: pd.DataFrame, count: int) -> list[str]:
    """The first test image of each disorder by name, rare disorders first.

    Parameters
    ----------
    splits : pandas.DataFrame
        The lists of gallery and test images.
    count : int
        Queries at most.

    Returns
    -------
    list of str
        sample_id; more of the frequent disorders if there are few.
    """
    tested = splits[splits["role"] == TEST].drop_duplicates("sample_id")
    tested = tested.sort_values(["label", "sample_id"]).assign(late=tested["group"] != RARE)
    tested["turn"] = tested.groupby("label").cumcount()
    return tested.sort_values(["turn", "late", "label"], kind="stable")["sample_id"].tolist()[:count]


def draw_match_sheet(
    *,
    nearest_path: str | os.PathLike,
    splits_path: str | Path,
    crops_path: str | os.PathLike,
    faces_path: str | os.PathLike,
    samples_path: str | os.PathLike,
    output: str | os.PathLike,
    samples: Sequence[str],
    queries: int,
) -> None:
    """One row a query: its face, then its nearest disorders in order, the true one framed and marked.

    Parameters
    ----------
    nearest_path : str or path
        Table with the columns matching.ranks.NEAREST.
    splits_path : str or Path
        The lists of gallery and test images.
    crops_path : str or path
        Aligned crops, uint8 [N, S, S, 3].
    faces_path : str or path
        faces/index.csv.
    samples_path, output : str or path
        samples.csv; the figure, SVG or PNG by its suffix.
    samples : sequence of str
        The queries; none: as `choose_queries`.
    queries : int
        Queries without a list.

    Raises
    ------
    InputError
        For a sample that is no test image.
    """
    style.apply()
    text = ["gallery", "repeat", "sample_id", "label", "disorder", "neighbour"]
    neighbours, splits = read_table(nearest_path, NEAREST, strings=text), gallery_lists.load(splits_path)
    known = read.load_samples(samples_path)
    crops = read_array(crops_path)
    row_of = load_faces_index(faces_path, known, len(crops)).set_index("sample_id")["row"]
    shown = list(samples) or choose_queries(splits, queries)
    for sample in shown:
        if sample not in set(neighbours["sample_id"]):
            near = nearest(sample, neighbours["sample_id"].unique())
            raise InputError(f"matching.sheet.samples: '{sample}' is no test image; {near}")
    places = int(neighbours["place"].max())
    figure, grid = plt.subplots(
        len(shown), places + 1, squeeze=False, figsize=(INCHES * (places + 1.2), 1.5 * INCHES * len(shown))
    )
    rare = set(splits.loc[splits["group"] == RARE, "label"])
    for line, sample in zip(grid, shown, strict=True):
        cell = neighbours[neighbours["sample_id"] == sample].sort_values("place")
        _line(line, cell, crops, row_of, cell["label"].iloc[0] in rare)
    _headings(grid, read.simulated_phrase(known))
    figure.subplots_adjust(wspace=0.12, hspace=0.65)
    style.save(figure, output, dpi=200)


def _short(name: str, before: str = "") -> str:
    """A name that fits above a face, on two lines at most; of a long one its symbol, as in `KBG SYNDROME; KBGS`."""
    symbol = name.rsplit(";", 1)[-1].strip()
    if len(name) > LETTERS and len(symbol) <= LETTERS:
        name = symbol
    return "\n".join(textwrap.wrap(before + name, LETTERS, max_lines=2, placeholder="…"))


def _line(line: np.ndarray, cell: pd.DataFrame, crops: np.ndarray, row_of: pd.Series, rare: bool) -> None:
    """A query and its nearest disorders; cell: their rows of the table; rare: whether the query's disorder is."""
    first = cell.iloc[0]
    split = f", split {first['repeat']}" if first["repeat"] else ""
    sample = first["sample_id"]
    style.draw_face(line[0], crops[row_of[sample]], _short(first["label"]) + " (rare)" * rare, sample)
    line[0].set_ylabel(f"{first['gallery']} gallery{split}", fontsize=5.5)
    for each in line[1 + len(cell) :]:
        each.set_axis_off()
    for each, row in zip(line[1:], cell.itertuples(), strict=False):
        right = row.disorder == row.label
        title = _short(row.disorder, f"{row.place}. ") + " ✓" * right
        style.draw_face(each, crops[row_of[row.neighbour]], title, f"{row.neighbour}\ndistance {row.distance:.3f}")
        if right:
            each.add_patch(Rectangle((0, 0), 1, 1, transform=each.transAxes, fill=False, ec=RIGHT, lw=3, clip_on=False))
            each.title.set_color(RIGHT)


def _headings(grid: np.ndarray, simulated: str) -> None:
    """What the columns hold, above the first line."""
    grid[0, 0].annotate("query", (0.5, 1.42), xycoords="axes fraction", ha="center", fontsize=7.5, weight="bold")
    grid[0, 1].annotate(
        "nearest disorders, each by its nearest gallery face",
        (0, 1.42),
        xycoords="axes fraction",
        ha="left",
        fontsize=7.5,
        weight="bold",
    )
    if simulated:
        grid[0, -1].annotate(simulated, (1, 1.42), xycoords="axes fraction", ha="right", fontsize=6.5, color="0.4")
