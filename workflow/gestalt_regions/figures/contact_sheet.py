"""The maps of every method for any list of faces on one sheet: a row a face, a column a method."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colors import to_rgb

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_array, read_table
from gestalt_regions.core.packed_stack import read_stack
from gestalt_regions.figures import style
from gestalt_regions.figures.figure1_montage import load_faces_index
from gestalt_regions.figures.figure5_maps import ABSOLUTE, choose_faces, minmax
from gestalt_regions.figures.selection import EVERYTHING, Selection
from gestalt_regions.regions.coefficients import PAPER_REGION_IDS
from gestalt_regions.statistics.toolkit import read

TILE = 112  # pixels of a tile's side at most
GAP = 4  # white pixels between tiles
INCHES = 0.62  # of a tile on the page
COLUMNS = ["sample_id", "set", "label", "target"]


def find_maps(
    map_paths: Sequence[str | os.PathLike], samples: Sequence[str]
) -> dict[tuple[str, str], tuple[Path, int]]:
    """Where the map of each sample by each method lies.

    Parameters
    ----------
    map_paths : sequence of str or path
        .../fold-k/saliency/{method}.npy (or .npz).
    samples : sequence of str
        The samples asked for.

    Returns
    -------
    dict
        (sample, method) -> (stack, row) in the first of the paths that has it.

    Raises
    ------
    InputError
        Names a sample that no fold explains by every method.
    """
    places: dict[tuple[str, str], tuple[Path, int]] = {}
    known: set[str] = set()
    for path in map(Path, map_paths):
        index = read_table(path.with_suffix(".csv"), ["row", *COLUMNS], strings=COLUMNS)
        known |= set(index["sample_id"])
        for sample, row in zip(index["sample_id"], index["row"], strict=True):
            places.setdefault((sample, path.stem), (path, int(row)))
    methods = list(dict.fromkeys(Path(path).stem for path in map_paths))
    for sample in samples:
        if lacking := [method for method in methods if (sample, method) not in places]:
            near = nearest(sample, known)
            raise InputError(f"figures.contact_sheet.samples: '{sample}' is not explained by {lacking[0]}; {near}")
    return places


def outlined_tile(
    crop: np.ndarray, mask: np.ndarray, scaled: np.ndarray | None, colormap: str, selected: Selection = EVERYTHING
) -> np.ndarray:
    """The crop, or over its grey version a map; with the regions' outlines.

    Parameters
    ----------
    crop : numpy.ndarray
        uint8 [S, S, 3].
    mask : numpy.ndarray
        Region map [S, S].
    scaled : numpy.ndarray or None
        A map scaled to [0, 1], [m, m] of any size.
    colormap : str
        Of the map.
    selected : Selection
        Regions whose outlines are drawn.

    Returns
    -------
    numpy.ndarray
        float64 [t, t, 3] in [0, 1].
    """
    step = -(-len(crop) // TILE)
    crop, mask = crop[::step, ::step].astype(float) / 255, np.asarray(mask)[::step, ::step]
    if scaled is not None:
        places = (np.arange(len(crop)) * len(scaled)) // len(crop)
        colours = plt.get_cmap(colormap)(scaled[np.ix_(places, places)])[..., :3]
        crop = 0.3 * crop.mean(2, keepdims=True) + 0.7 * colours
    for region, colour in selected.region_colours(style.region_colours(list(PAPER_REGION_IDS))).items():
        inside = np.pad(mask == PAPER_REGION_IDS[region], 1)
        core = inside[1:-1, 1:-1]
        edge = core & ~(inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:])
        crop = np.where(edge[..., None], to_rgb(colour), crop)
    return crop


def _sheet(rows: list[list[np.ndarray]]) -> np.ndarray:
    """Tiles side by side, white gaps between."""
    padded = [[np.pad(t, ((0, GAP), (0, GAP), (0, 0)), constant_values=1.0) for t in row] for row in rows]
    return np.concatenate([np.concatenate(row, 1) for row in padded])[:-GAP, :-GAP]


def _page(
    rows: list[list[np.ndarray]], names: list[str], columns: list[str], colormap: str
) -> tuple[plt.Figure, plt.Axes]:
    """The tiles as one picture, with the names of rows and columns and the shared colour scale."""
    side = rows[0][0].shape[0] + GAP
    figure, axes = plt.subplots(figsize=(INCHES * len(columns), INCHES * len(names)))
    axes.imshow(_sheet(rows), interpolation="nearest")
    axes.spines[:].set_visible(False)
    axes.xaxis.tick_top()
    axes.set_xticks([side * (k + 0.5) for k in range(len(columns))], columns, rotation=40, ha="left")
    axes.set_yticks([side * (k + 0.5) for k in range(len(names))], names, fontsize=6)
    axes.tick_params(length=0, pad=1)
    mappable = ScalarMappable(cmap=colormap)
    bar = figure.colorbar(mappable, ax=axes, orientation="vertical", fraction=0.02, pad=0.01, ticks=[0, 1])
    bar.ax.set_yticklabels(["lowest", "highest"])
    return figure, axes


def draw_contact_sheet(
    *,
    map_paths: Sequence[str | os.PathLike],
    crops_path: str | os.PathLike,
    regions_path: str | os.PathLike,
    faces_path: str | os.PathLike,
    samples_path: str | os.PathLike,
    output: str | os.PathLike,
    samples: Sequence[str],
    count: int,
    control: str,
    colormap: str,
    selected: Selection = EVERYTHING,
) -> None:
    """The maps of every method for any list of faces: a row a face, a column a method.

    Every map is scaled to [0, 1] by itself, all share one colour scale.

    Parameters
    ----------
    map_paths : sequence of str or path
        saliency/{method}.npy (or .npz) of every fold, float32 [n, 2, s, s], each with {method}.csv beside it.
    crops_path, regions_path, faces_path : str or path
        Crops uint8 [N, S, S, 3], region maps uint8 [N, S, S], faces/index.csv.
    samples_path, output : str or path
        samples.csv; the figure, SVG or PNG by its suffix.
    samples : sequence of str
        The faces, in this order; none: `count` recognised ones, each of another class.
    count : int
        Faces without a list.
    control, colormap : str
        Label of the control class; colours of the maps.
    selected : Selection
        Methods, regions and classes to show.

    Raises
    ------
    InputError
        For a sample that is not explained by every method.
    """
    style.apply()
    crops, regions, table = read_array(crops_path), read_array(regions_path), read.load_samples(samples_path)
    faces = load_faces_index(faces_path, table, len(crops)).set_index("sample_id")
    indices = [read_table(Path(p).with_suffix(".csv"), ["row", *COLUMNS], strings=COLUMNS) for p in map_paths]
    index = pd.concat(indices).drop_duplicates("sample_id")
    shown = list(samples) or choose_faces(selected.faces_of(index), [], count, control)
    places, methods = find_maps(map_paths, shown), list(dict.fromkeys(Path(path).stem for path in map_paths))
    stacks = {path: read_stack(path) for path in {path for path, _ in places.values()}}
    rows = []
    for sample in shown:
        face = int(faces.loc[sample, "row"])
        crop, mask, row = np.asarray(crops[face]), np.asarray(regions[face]), []
        for method in methods:
            path, number = places[sample, method]
            row.append(outlined_tile(crop, mask, minmax(stacks[path][number, ABSOLUTE]), colormap, selected))
        rows.append([outlined_tile(crop, mask, None, colormap, selected), *row])
    labels = index.set_index("sample_id")["label"]
    figure, axes = _page(rows, [f"{sample}\n{labels[sample]}" for sample in shown], ["face", *methods], colormap)
    if simulated := read.simulated_phrase(table):
        axes.set_xlabel(simulated)
    style.save(figure, output, dpi=200)
