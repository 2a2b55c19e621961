"""Photographs of the test sets: originals beside their occluded copies, then a line of every other set."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_table
from gestalt_regions.faces.photo import read_photo
from gestalt_regions.faces.unusable import Unusable
from gestalt_regions.figures import style
from gestalt_regions.statistics.toolkit import read

LINES = 4  # people of each set of originals
FEWEST = 5  # photographs side by side
INCHES = 1.15  # of a photograph on the page


def one_of_each_class(listed: pd.DataFrame, count: int) -> pd.DataFrame:
    """Photographs of different classes first.

    Parameters
    ----------
    listed : pandas.DataFrame
        samples.csv of a set.
    count : int
        How many, at most.

    Returns
    -------
    pandas.DataFrame
        Some of the rows.
    """
    turn = listed.groupby("label").cumcount()
    return listed.assign(turn=turn).sort_values(["turn", "label"], kind="stable").head(count)


def _tile(axes: plt.Axes, folder: Path, row: pd.Series, found: bool, title: str) -> None:
    """One photograph, or the reason why there is none."""
    try:
        picture = read_photo(folder / row["image"]).pixels
    except Unusable as problem:
        picture = np.full((64, 64, 3), 230, np.uint8)
        found, title = True, problem.reason
    style.draw_face(axes, picture, title, "" if found else "no usable face")


def draw_test_set_sheet(
    *,
    samples_path: str,
    listed_paths: Mapping[str, str],
    index_paths: Mapping[str, str],
    output: str | os.PathLike,
    originals: Mapping[str, str],
) -> None:
    """Draw some photographs of every test set.

    Parameters
    ----------
    samples_path : str
        samples.csv of the study.
    listed_paths, index_paths : mapping
        Test set -> its samples.csv, its index.csv.
    output : str or path
        The figure, SVG or PNG by its suffix.
    originals : mapping
        Test set -> the set that its images are occluded copies of; "" for a set of its own.
    """
    style.apply()
    study = read.load_samples(samples_path, ("image", "split"))
    known = {"heldout": (study[study["split"] == "heldout"], Path(samples_path).parent)}
    known |= {name: (read.load_samples(path, ("image",)), Path(path).parent) for name, path in listed_paths.items()}
    found = {
        name: set(read_table(path, ["sample_id"], ["sample_id"])["sample_id"]) for name, path in index_paths.items()
    }
    tiles: list[list[tuple[Path, pd.Series, bool, str]]] = []
    for of in [name for name in known if name in originals.values()]:
        copies = [name for name, original in originals.items() if original == of]
        for _, row in one_of_each_class(known[of][0], LINES).iterrows():
            line = [(known[of][1], row, row["sample_id"] in found.get(of, {row["sample_id"]}), str(row["label"]))]
            for name in copies:
                copy = known[name][0].set_index("sample_id", drop=False).loc[row["sample_id"]]
                line.append((known[name][1], copy, row["sample_id"] in found[name], name))
            tiles.append(line)
    columns = max(FEWEST, *map(len, tiles)) if tiles else FEWEST
    for name in (name for name, original in originals.items() if not original):
        listed, folder = known[name]
        shown = one_of_each_class(listed, columns)
        tiles.append(
            [(folder, row, row["sample_id"] in found[name], f"{name}: {row['label']}") for _, row in shown.iterrows()]
        )
    figure, grid = style.tiles(len(tiles), columns, (INCHES * columns, 1.22 * INCHES * len(tiles) + 0.3))
    for axes in grid.ravel():
        axes.set_axis_off()
    for line, drawn in zip(grid, tiles, strict=True):
        for axes, (folder, row, has_face, title) in zip(line, drawn, strict=False):
            axes.set_axis_on()
            _tile(axes, folder, row, has_face, title)
    listed = pd.concat([table for table, _ in known.values()])
    said = "occluders are drawn"
    simulated = read.simulated_phrase(listed)
    figure.suptitle(f"Photographs of the test sets ({f'{simulated}; ' if simulated else ''}{said})", fontsize=8)
    style.save(figure, output, dpi=200)
