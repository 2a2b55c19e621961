"""Figure 1: aligned faces, one row per class."""

from __future__ import annotations

import os

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_array, read_table
from gestalt_regions.figures import style
from gestalt_regions.figures.selection import EVERYTHING, Selection
from gestalt_regions.statistics.toolkit import read


def load_faces_index(index_path: str | os.PathLike, samples: pd.DataFrame, n_crops: int) -> pd.DataFrame:
    """Read faces/index.csv with label and subject_id.

    Parameters
    ----------
    index_path : str or path
        faces/index.csv.
    samples : pandas.DataFrame
        samples.csv.
    n_crops : int
        Size of the stack of crops.

    Returns
    -------
    pandas.DataFrame
        row, sample_id, label, subject_id.

    Raises
    ------
    InputError
        If it does not fit the stack.
    """
    index = read_table(index_path, ["row", "sample_id"], strings=["sample_id"])
    if len(index) != n_crops or list(index["row"]) != list(range(n_crops)):
        raise InputError(f"{index_path}: {len(index)} rows for {n_crops} crops; rebuild the faces stage")
    read.join_samples(index[["sample_id"]], samples, index_path)
    return index.merge(samples[["sample_id", "label", "subject_id"]], on="sample_id", how="left")


def choose_rows(index: pd.DataFrame, columns: int) -> dict[str, list[int]]:
    """The images of each class to show.

    Parameters
    ----------
    index : pandas.DataFrame
        As from `load_faces_index`.
    columns : int
        Images of a class at most.

    Returns
    -------
    dict
        Class -> rows: the first image of each subject, filled up with further images where subjects are few.
    """
    chosen = {}
    for label in sorted(index["label"].unique(), key=lambda c: (c.casefold(), c)):
        cell = index[index["label"] == label]
        first = cell.drop_duplicates("subject_id")
        rest = cell[~cell["row"].isin(first["row"])]
        chosen[label] = [*first["row"], *rest["row"]][:columns]
    return chosen


def draw_montage(
    crops_path: str | os.PathLike,
    index_path: str | os.PathLike,
    samples_path: str | os.PathLike,
    output: str | os.PathLike,
    *,
    columns: int,
    selected: Selection = EVERYTHING,
) -> None:
    """Figure 1: aligned faces, one row per class.

    All tiles are one picture, pixel by pixel as they are stored.

    Parameters
    ----------
    crops_path : str or path
        Aligned crops, uint8 [N, S, S, 3].
    index_path : str or path
        faces/index.csv.
    samples_path, output : str or path
        samples.csv; the figure, SVG or PNG by its suffix.
    columns : int
        Images of a class at most.
    selected : Selection
        Classes to show.
    """
    style.apply()
    crops, samples = read_array(crops_path), read.load_samples(samples_path)
    index = load_faces_index(index_path, samples, len(crops))
    rows = choose_rows(index, columns)
    rows = {label: rows[label] for label in selected.classes_of(rows)}
    size, gap = crops.shape[1], max(1, crops.shape[1] // 40)
    step = size + gap
    canvas = np.full((step * len(rows) - gap, step * columns - gap, 3), 255, np.uint8)
    for line, members in enumerate(rows.values()):
        for column, row in enumerate(members):
            canvas[line * step : line * step + size, column * step : column * step + size] = crops[row]
    figure, axes = plt.subplots(figsize=(style.WIDTH, style.WIDTH * canvas.shape[0] / canvas.shape[1]))
    axes.imshow(canvas, interpolation="lanczos")
    counts = index["label"].value_counts()
    labels = [f"{label}\n({counts[label]} images)" for label in rows]
    axes.set_yticks([line * step + size / 2 for line in range(len(rows))], labels)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    simulated = read.simulated_phrase(samples)
    axes.set_title("Aligned faces of each class" + (f"; {simulated}" if simulated else ""))
    style.save(figure, output, dpi=220)
