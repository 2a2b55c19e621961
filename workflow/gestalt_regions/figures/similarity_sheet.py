"""Similarity maps: a face and its best match, and what of either speaks for the match."""

from __future__ import annotations

import os
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from gestalt_regions.core.io import read_array, read_table
from gestalt_regions.figures import style
from gestalt_regions.figures.figure1_montage import load_faces_index
from gestalt_regions.figures.figure5_maps import EXTENT, frame_tile, outline, region_legend
from gestalt_regions.matching.encoding_layout import PAIR_KEYS, SIDES
from gestalt_regions.regions.coefficients import PAPER_REGION_IDS
from gestalt_regions.statistics.toolkit import read

SIGNED = 0  # channel of the stack: signed sum


def _side(
    tiles: np.ndarray,
    cell: pd.DataFrame,
    stack: np.ndarray,
    crop: np.ndarray,
    mask: np.ndarray,
    *,
    colours: Mapping[str, str],
) -> None:
    """One face of a pair, and its map by each method (a row of `cell` each) over the grey face."""
    first = cell.iloc[0]
    tiles[0].imshow(crop, extent=EXTENT)
    name = first["label"] if first["side"] == "query" else first["disorder"]
    below = "query" if first["side"] == "query" else f"gallery, cosine {first['cosine']:.2f}"
    frame_tile(tiles[0], f"{name}\n{first['sample_id']}\n{below}")
    for axes, row in zip(tiles[1:], cell.itertuples(), strict=True):
        shown = stack[row.row, SIGNED]
        most = float(np.abs(shown).max()) or 1.0
        axes.imshow(crop.mean(axis=2), extent=EXTENT, cmap="gray", vmin=0, vmax=255)
        axes.imshow(shown, extent=EXTENT, cmap=style.DIVERGING, vmin=-most, vmax=most, alpha=0.6)
        outline(axes, mask, colours)
        frame_tile(axes, row.method)


def draw_similarity_sheet(
    *,
    maps: str | os.PathLike,
    index: str | os.PathLike,
    crops: str | os.PathLike,
    regions: str | os.PathLike,
    faces: str | os.PathLike,
    samples: str | os.PathLike,
    output: str | os.PathLike,
    encoder: str,
) -> None:
    """A face and its best match, and what of either speaks for the match.

    A row a pair: query and gallery face, each followed by its map by each method. Red speaks for the match, blue
    against. Every map is scaled to its own largest absolute value.

    Parameters
    ----------
    maps, index : str or path
        Signed and absolute sums, float32 [n, 2, s, s]; what each row explains.
    crops, regions, faces : str or path
        Crops uint8 [N, S, S, 3], region maps uint8 [N, S, S], faces/index.csv.
    samples, output : str or path
        samples.csv; the figure, SVG or PNG by its suffix.
    encoder : str
        Name of the encoder.
    """
    style.apply()
    stack, pictures, areas = read_array(maps), read_array(crops), read_array(regions)
    text = ["query", "neighbour", "label", "disorder", "side", "sample_id", "method"]
    table, known = read_table(index, ["row", *PAIR_KEYS], strings=text), read.load_samples(samples)
    row_of = load_faces_index(faces, known, len(pictures)).set_index("sample_id")["row"]
    wide, pairs = 1 + table["method"].nunique(), sorted(table["pair"].unique())
    inch = (style.WIDTH - 0.6) / (2 * wide)  # beside the colour bar
    figure, grid = plt.subplots(
        len(pairs),
        2 * wide,
        squeeze=False,
        layout="constrained",
        figsize=(style.WIDTH, 0.6 + (inch + 0.42) * len(pairs)),
    )
    colours = style.region_colours(list(PAPER_REGION_IDS))
    for line, pair in zip(grid, pairs, strict=True):
        for place, side in enumerate(SIDES):
            cell = table[(table["pair"] == pair) & (table["side"] == side)]
            row = row_of[cell["sample_id"].iloc[0]]
            tiles = line[place * wide : (place + 1) * wide]
            _side(tiles, cell, stack, pictures[row], np.asarray(areas[row]), colours=colours)
    simulated = read.simulated_phrase(known)
    figure.suptitle(
        f"What makes a face and its best match alike ({encoder})" + (f"; {simulated}" if simulated else ""), fontsize=8
    )
    bar = figure.colorbar(
        ScalarMappable(Normalize(-1, 1), style.DIVERGING), ax=grid, fraction=0.012, pad=0.01, ticks=[-1, 0, 1]
    )
    bar.ax.set_yticklabels(["against", "0", "for"])
    bar.ax.tick_params(length=0, labelsize=6)
    region_legend(figure, colours)
    style.save(figure, output, dpi=200)
