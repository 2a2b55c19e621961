"""Faces with the fixations of each group of readers, their density, and maps of a few methods."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_array, read_table
from gestalt_regions.core.packed_stack import read_stack
from gestalt_regions.figures import style
from gestalt_regions.statistics.toolkit import read

FACES, GROUPS = 5, 4  # at most
FIXATIONS = 60  # drawn of each face and group, the first of each reader in turn
SHADE = 0.65  # of a map over the grey face


def choose_sheet_faces(
    index: pd.DataFrame, labels: Mapping[str, str], mapped: Sequence[str], count: int = FACES
) -> list[str]:
    """The faces to show: of each class the one with the most fixations that has maps.

    Parameters
    ----------
    index : DataFrame
        densities.csv.
    labels : mapping
        sample_id -> class.
    mapped : sequence of str
        Faces that are explained.
    count : int
        At most.

    Returns
    -------
    list of str
        Faces, classes by name.
    """
    of_all = index[(index["group"] == "all") & index["sample_id"].isin(mapped)]
    best = of_all.assign(label=of_all["sample_id"].map(labels)).sort_values("fixations", ascending=False, kind="stable")
    return list(best.drop_duplicates("label").sort_values("label")["sample_id"])[:count]


def _over(crop: np.ndarray, values: np.ndarray, colormap: str) -> np.ndarray:
    low, high = float(values.min()), float(values.max())
    scaled = (values - low) / (high - low) if high > low else np.zeros(values.shape)
    grey = crop.mean(axis=2, keepdims=True) / 255
    return (1 - SHADE) * grey + SHADE * plt.get_cmap(colormap)(scaled)[..., :3]


def _map_of(face: str, maps: Sequence[str], indices: Sequence[str]) -> np.ndarray | None:
    """The absolute map of a face, of the first network that explains it."""
    for stack, path in zip(maps, indices, strict=True):
        table = read_table(path, ["row", "sample_id"], ["sample_id"])
        rows = table.loc[table["sample_id"] == face, "row"]
        if len(rows):
            return np.asarray(read_stack(stack)[int(rows.iloc[0])][1], float)
    return None


def _draw_fixations(axes: plt.Axes, crop: np.ndarray, part: pd.DataFrame) -> None:
    axes.imshow(crop, interpolation="lanczos")
    turn = part.groupby("reader").cumcount()
    shown = part.assign(turn=turn).sort_values("turn", kind="stable").head(FIXATIONS)
    size = 2 + shown["duration"] / 40
    axes.scatter(shown["crop_x"], shown["crop_y"], s=size, color="#0072B2", edgecolor="white", linewidth=0.3, alpha=0.8)
    axes.set(xlim=(-0.5, crop.shape[1] - 0.5), ylim=(crop.shape[0] - 0.5, -0.5))


def draw_gaze_sheet(
    maps: Sequence[str],
    indices: Sequence[str],
    files: Mapping[str, str | os.PathLike],
    output: str | os.PathLike,
    *,
    methods: Sequence[str],
    simulated: bool,
    colormap: str,
) -> None:
    """Draw a row for each face: fixations and density of each group, then maps.

    Parameters
    ----------
    maps, indices : sequence of str
        Stacks and indices: those of all folds of the first method, then of the next.
    files : mapping of str to path
        fixations, densities (stack), index (densities.csv), crops, faces (index), samples.
    output : str or path
        The figure, SVG or PNG by its suffix.
    methods : sequence of str
        Names of the methods.
    simulated : bool
        Whether the readers are simulated.
    colormap : str
        Of densities and maps.
    """
    style.apply()
    index = read_table(files["index"], ["row", "sample_id", "group", "fixations"], ["sample_id", "group"])
    fixations = read_table(files["fixations"], ["reader", "face", "group"], ["reader", "face", "group"])
    fixations = fixations[fixations["on_crop"].astype(str) == "True"]
    samples = read.load_samples(files["samples"], ())
    rows = read_table(files["faces"], ["row", "sample_id"], ["sample_id"]).set_index("sample_id")["row"]
    folds = len(maps) // len(methods)
    mapped = pd.concat([read_table(path, ["sample_id"], ["sample_id"]) for path in indices[:folds]])["sample_id"]
    labels = dict(zip(samples["sample_id"], samples["label"], strict=True))
    faces = choose_sheet_faces(index, labels, list(mapped))
    groups = [group for group in index["group"].unique() if group != "all"][:GROUPS] or ["all"]
    columns = [*(f"{group}\n{what}" for group in groups for what in ("fixations", "density")), *methods]
    size = (style.WIDTH, style.WIDTH / len(columns) * max(1, len(faces)) + 0.5)
    figure, grid = style.tiles(max(1, len(faces)), len(columns), size)
    crops, densities = read_array(files["crops"]), read_array(files["densities"])
    for line, face in enumerate(faces):
        crop = np.asarray(crops[rows[face]])
        of_face = fixations[fixations["face"] == face]
        for number, group in enumerate(groups):
            part = of_face if group == "all" else of_face[of_face["group"] == group]
            _draw_fixations(grid[line, 2 * number], crop, part)
            here = index[(index["sample_id"] == face) & (index["group"] == group)]
            if len(here):
                tile = _over(crop, np.asarray(densities[int(here["row"].iloc[0])], float), colormap)
                grid[line, 2 * number + 1].imshow(tile)
        for number, _ in enumerate(methods):
            of_method = slice(number * folds, (number + 1) * folds)
            values = _map_of(face, maps[of_method], indices[of_method])
            if values is not None:
                grid[line, 2 * len(groups) + number].imshow(_over(crop, values, colormap))
        grid[line, 0].set_ylabel(labels[face], fontsize=6)
    for axes, title in zip(grid[0], columns, strict=True):
        lines = title.replace("-", "-\n", 1).split("\n") if title in methods else title.split("\n")
        axes.set_title("\n".join(lines), fontsize=min(5.2, 5.2 * 11 / max(map(len, lines))), pad=2)
    phrase = read.simulated_phrase(samples)
    said = "; ".join(each for each in ("simulated readers" if simulated else "", phrase) if each)
    title = "Where readers look, and maps of the network's answer"
    figure.suptitle(title + (f" ({said})" if said else ""), fontsize=8)
    style.save(figure, output, dpi=220 if Path(output).suffix == ".png" else 150)
