"""Faces with warnings, worst first, and excluded photographs with their reasons: a sheet to look at."""

from __future__ import annotations

import os
import textwrap

import matplotlib.pyplot as plt
import numpy as np

from gestalt_regions.core.io import read_array, read_table
from gestalt_regions.faces.face_warnings import worst_first
from gestalt_regions.figures import style
from gestalt_regions.figures.figure1_montage import load_faces_index
from gestalt_regions.statistics.toolkit import read

COLUMNS = 8
MOST_FACES = 48  # warned faces on the sheet at most
MOST_EXCLUDED = 24  # excluded photographs at most
INCHES, ABOVE, LINE = 1.0, 0.2, 0.1  # of a face on the page, of the line above it, and of a line below it


def draw_warned_faces(
    crops_path: str | os.PathLike,
    index_path: str | os.PathLike,
    excluded_path: str | os.PathLike,
    samples_path: str | os.PathLike,
    output: str | os.PathLike,
) -> None:
    """Draw the crops of faces with warnings, then a tile with the reason for each excluded photograph.

    Parameters
    ----------
    crops_path : str or path
        Aligned crops, uint8 [N, S, S, 3].
    index_path, excluded_path : str or path
        faces/index.csv and faces/excluded.csv.
    samples_path : str or path
        samples.csv.
    output : str or path
        The figure, SVG or PNG by its suffix.
    """
    style.apply()
    samples, crops = read.load_samples(samples_path), read_array(crops_path)
    faces = load_faces_index(index_path, samples, len(crops))
    faces["warnings"] = read_table(index_path, ["warnings"], strings=["warnings"])["warnings"]
    warned = worst_first(faces)
    text = ["sample_id", "reason", "detail"]
    excluded = read_table(excluded_path, text, strings=text).merge(samples[["sample_id", "label"]], how="left")
    excluded = excluded.sort_values(["reason", "sample_id"], kind="stable")
    tiles: list[tuple[np.ndarray | str, str, str]] = [
        (np.asarray(crops[row.row]), row.sample_id, f"{row.label}\n{row.warnings.replace(';', ' ')}")
        for row in warned.head(MOST_FACES).itertuples()
    ]
    tiles += [
        (f"excluded:\n{row.reason}", row.sample_id, f"{row.label}\n{row.detail}")
        for row in excluded.head(MOST_EXCLUDED).itertuples()
    ]
    heading = f"{_said(len(warned), MOST_FACES, 'faces with warnings, worst first')}; " + _said(
        len(excluded), MOST_EXCLUDED, "excluded photographs"
    )
    simulated = read.simulated_phrase(samples)
    style.save(_page(tiles, f"{heading} ({simulated})" if simulated else heading), output, dpi=200)


def _said(number: int, most: int, what: str) -> str:
    return f"{number} {what}" + (f" (the first {most} shown)" if number > most else "")


def _page(tiles: list[tuple[np.ndarray | str, str, str]], heading: str) -> plt.Figure:
    """The tiles in lines of COLUMNS; a tile without a crop holds text."""
    rows = max(1, -(-len(tiles) // COLUMNS))
    tiles = [(shown, _short(name), _wrapped(below)) for shown, name, below in tiles]
    between = ABOVE + LINE * max((below.count("\n") + 1 for _, _, below in tiles), default=0)
    height = rows * (INCHES + between)
    figure, grid = plt.subplots(rows, COLUMNS, squeeze=False, figsize=(1.1 * INCHES * COLUMNS, height))
    for axes in grid.flat[len(tiles) :]:
        axes.set_axis_off()
    for axes, (shown, name, below) in zip(grid.flat, tiles, strict=False):
        if isinstance(shown, str):
            axes.set_facecolor("0.92")
            axes.text(0.5, 0.5, shown, transform=axes.transAxes, ha="center", va="center", fontsize=6.5)
            axes.set(xticks=[], yticks=[], aspect=1)
            axes.spines[:].set_visible(False)
            style.label_tile(axes, name, below)
        else:
            style.draw_face(axes, shown, name, below)
    figure.subplots_adjust(left=0, right=1, top=1 - ABOVE / height, bottom=(between - ABOVE) / height)
    figure.subplots_adjust(wspace=0.1, hspace=between / INCHES)
    figure.suptitle(heading, fontsize=8, y=1.01, va="bottom")
    return figure


def _short(name: str) -> str:
    """A sample's name that fits above a face."""
    return name if len(name) <= 18 else f"{name[:8]}…{name[-8:]}"


def _wrapped(text: str) -> str:
    """At most five short lines."""
    lines = [part for line in text.split("\n") for part in textwrap.wrap(line, 22) or [""]]
    return "\n".join(lines[:4] + (["…"] if len(lines) > 4 else []))
