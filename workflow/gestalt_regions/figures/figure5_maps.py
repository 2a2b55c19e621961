"""Figure 5: the maps of every saliency method for the same faces, with the outlines of the regions."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.lines import Line2D

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_array, read_table
from gestalt_regions.core.packed_stack import MapStack, read_stack
from gestalt_regions.figures import style
from gestalt_regions.figures.figure1_montage import load_faces_index
from gestalt_regions.figures.selection import EVERYTHING, Selection
from gestalt_regions.regions.coefficients import PAPER_REGION_IDS
from gestalt_regions.statistics.toolkit import read

ABSOLUTE = 1  # channel of the saliency stack: absolute sum over the colour channels
EXTENT = (0.0, 1.0, 1.0, 0.0)  # crop and map share the unit square, whatever their sizes in pixels


def minmax(values: np.ndarray) -> np.ndarray:
    """A map scaled to [0, 1] (equation 4).

    Parameters
    ----------
    values : numpy.ndarray
        Of any shape.

    Returns
    -------
    numpy.ndarray
        float32; a constant map becomes 0.
    """
    values = np.asarray(values, dtype=np.float32)
    low, high = float(values.min()), float(values.max())
    return np.zeros_like(values) if high <= low else (values - low) / (high - low)


def choose_faces(
    index: pd.DataFrame, samples: Sequence[str], count: int, control: str, key: str = "figures.figure5.samples"
) -> list[str]:
    """The faces to show.

    Parameters
    ----------
    index : pandas.DataFrame
        sample_id, set, label, target of the explained images.
    samples : sequence of str
        Faces asked for.
    count : int
        Faces without a list.
    control : str
        Label of the control class.
    key : str
        Key of the config, for the message.

    Returns
    -------
    list of str
        `samples`, or the first recognised syndromic ones, held-out first, each of another class; unrecognised ones
        where no face is recognised.

    Raises
    ------
    InputError
        For a sample that is not explained.
    """
    for sample in samples:
        if sample not in set(index["sample_id"]):
            raise InputError(f"{key}: '{sample}' is not explained; {nearest(sample, index['sample_id'])}")
    if samples:
        return list(samples)
    pool = index[index["label"] != control]
    pool = pool if len(pool) else index
    recognised = pool[pool["label"] == pool["target"]]
    pool = recognised if len(recognised) else pool
    pool = pd.concat([pool[pool["set"] == "heldout"], pool[pool["set"] != "heldout"]])
    return list(pool.drop_duplicates("label")["sample_id"][:count])


def outline(axes: plt.Axes, regions: np.ndarray, colours: Mapping[str, str]) -> None:
    """The borders of the published regions.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        A tile in EXTENT.
    regions : numpy.ndarray
        Region map [S, S].
    colours : mapping
        Region -> colour.
    """
    size = regions.shape[0]
    centres = (np.arange(size) + 0.5) / size
    for region, colour in colours.items():
        mask = regions == PAPER_REGION_IDS[region]
        if mask.any():
            axes.contour(centres, centres, mask, levels=[0.5], colors=[colour], linewidths=0.8)


def frame_tile(axes: plt.Axes, title: str) -> None:
    """Prepare a picture in EXTENT, without a frame.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The tile.
    title : str
        Above it; long lines are set smaller.
    """
    axes.set(xticks=[], yticks=[], xlim=(0, 1), ylim=(1, 0))
    axes.spines[:].set_visible(False)
    longest = max(len(line) for line in title.splitlines() or [""])
    axes.set_title(title, fontsize=6.5 * min(1, 21 / max(longest, 1)), pad=2)  # so that neighbours do not touch


def region_legend(figure: plt.Figure, colours: Mapping[str, str]) -> None:
    """The colours of the regions, below the figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    colours : mapping
        Region -> colour.
    """
    handles = [Line2D([], [], color=colour, label=name) for name, colour in colours.items()]
    legend = figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=True)
    legend.get_frame().set(facecolor="0.3", edgecolor="none")
    plt.setp(legend.get_texts(), color="white")


def _maps_with_index(path: str | os.PathLike) -> tuple[MapStack, pd.DataFrame]:
    """The maps of a method and what each row explains, by sample."""
    text = ["sample_id", "set", "label", "target"]
    index = read_table(Path(path).with_suffix(".csv"), ["row", *text], strings=text)
    return read_stack(path), index.set_index("sample_id", drop=False)


def _blocks(faces: int, tiles: int) -> tuple[plt.Figure, np.ndarray, int]:
    """Figure, grid, and the number of its lines that the tiles of one face take."""
    per_line = -(-tiles // -(-tiles // 6))  # at most six, and lines as alike as they can be
    lines = -(-tiles // per_line)
    inch = style.WIDTH / max(per_line, 4)
    figure = plt.figure(figsize=(inch * per_line, 0.5 + (inch + 0.2) * lines * faces), layout="constrained")
    return figure, figure.subplots(lines * faces, per_line, squeeze=False), lines


def _face_tile(axes: plt.Axes, crop: np.ndarray, mask: np.ndarray, colours: Mapping[str, str], title: str) -> None:
    """The face itself, with the borders of its regions."""
    axes.imshow(crop, extent=EXTENT)
    outline(axes, mask, colours)
    frame_tile(axes, title)


def _lay_over(axes: plt.Axes, crop: np.ndarray, scaled: np.ndarray, colormap: str) -> None:
    """A map in [0, 1] over the grey face."""
    axes.imshow(crop.mean(axis=2), extent=EXTENT, cmap="gray", vmin=0, vmax=255)
    axes.imshow(scaled, extent=EXTENT, cmap=colormap, alpha=0.7)


def _finish(figure: plt.Figure, grid: np.ndarray, simulated: str, colormap: str) -> None:
    """Title and colour scale."""
    figure.suptitle("Saliency maps, scaled to [0, 1] each" + (f"; {simulated}" if simulated else ""), fontsize=8)
    shared = figure.colorbar(ScalarMappable(cmap=colormap), ax=grid, fraction=0.015, pad=0.01, ticks=[0, 1])
    shared.ax.tick_params(length=0, labelsize=6)


def draw_maps(
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
    """Figure 5: per face the crop, then each method's absolute map over the grey crop.

    Every map is min-max scaled by itself.

    Parameters
    ----------
    map_paths : sequence of str or path
        saliency/{method}.npy (or .npz), float32 [n, 2, s, s], each with its index {method}.csv beside it.
    crops_path, regions_path, faces_path : str or path
        Crops uint8 [N, S, S, 3], region maps uint8 [N, S, S], faces/index.csv.
    samples_path, output : str or path
        samples.csv; the figure, SVG or PNG by its suffix.
    samples : sequence of str
        The faces; none: as `choose_faces`.
    count, control, colormap : int, str, str
        Faces without a list; label of the control class; colours of the maps.
    selected : Selection
        Methods, regions and classes to show.

    Raises
    ------
    InputError
        For a face that a method does not explain.
    """
    style.apply()
    table, crops, regions = read.load_samples(samples_path), read_array(crops_path), read_array(regions_path)
    faces = load_faces_index(faces_path, table, len(crops)).set_index("sample_id")
    stacks = {Path(path).stem: _maps_with_index(path) for path in map_paths}
    first = next(iter(stacks.values()))[1]
    colours = selected.region_colours(style.region_colours(list(PAPER_REGION_IDS)))
    shown = choose_faces(first if samples else selected.faces_of(first), samples, count, control)
    figure, grid, lines = _blocks(len(shown), len(stacks) + 1)
    for block, sample in enumerate(shown):
        tiles = iter(grid[block * lines : (block + 1) * lines].ravel())
        row, mask = int(faces.loc[sample, "row"]), np.asarray(regions[faces.loc[sample, "row"]])
        title = f"{first.loc[sample, 'label']}\nexplained: {first.loc[sample, 'target']}"
        _face_tile(next(tiles), crops[row], mask, colours, title)
        for method, (stack, index) in stacks.items():
            if sample not in index.index:
                raise InputError(f"{method}: '{sample}' is not explained by this method; rebuild its maps")
            scaled = minmax(stack[int(index.loc[sample, "row"]), ABSOLUTE])
            axes = next(tiles)
            _lay_over(axes, crops[row], scaled, colormap)
            outline(axes, mask, colours)
            frame_tile(axes, method)
        for axes in tiles:
            axes.set_axis_off()
    _finish(figure, grid, read.simulated_phrase(table), colormap)
    region_legend(figure, colours)
    style.save(figure, output, dpi=200)
