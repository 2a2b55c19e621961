"""Similarity maps: a face and its best match, and what of either speaks for the match."""

from __future__ import annotations

import os

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D

from gestalt_regions.core.io import read_array, read_table
from gestalt_regions.figures import style
from gestalt_regions.figures.figure1_montage import load_faces_index
from gestalt_regions.figures.figure5_maps import EXTENT, frame_tile, outline
from gestalt_regions.matching.encoding_layout import PAIR_KEYS, SIDES
from gestalt_regions.regions.coefficients import PAPER_REGION_IDS
from gestalt_regions.statistics.toolkit import read

SIGNED = 0  # channel of the stack: signed sum


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
    """A line for each pair: the query and its maps, then the gallery face and its. Red speaks for the similarity, blue
    against; every map is scaled to its own largest absolute value."""
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
            first = cell.iloc[0]
            crop, mask = pictures[row_of[first["sample_id"]]], np.asarray(areas[row_of[first["sample_id"]]])
            axes = line[place * wide]
            axes.imshow(crop, extent=EXTENT)
            name = first["label"] if side == "query" else first["disorder"]
            below = "query" if side == "query" else f"gallery, cosine {first['cosine']:.2f}"
            frame_tile(axes, f"{name}\n{first['sample_id']}\n{below}")
            for axes, row in zip(line[place * wide + 1 : (place + 1) * wide], cell.itertuples(), strict=True):
                shown = stack[row.row, SIGNED]
                most = float(np.abs(shown).max()) or 1.0
                axes.imshow(crop.mean(axis=2), extent=EXTENT, cmap="gray", vmin=0, vmax=255)
                axes.imshow(shown, extent=EXTENT, cmap=style.DIVERGING, vmin=-most, vmax=most, alpha=0.6)
                outline(axes, mask, colours)
                frame_tile(axes, row.method)
    simulated = read.simulated_phrase(known)
    figure.suptitle(
        f"What makes a face and its best match alike ({encoder})" + (f"; {simulated}" if simulated else ""), fontsize=8
    )
    bar = figure.colorbar(
        ScalarMappable(Normalize(-1, 1), style.DIVERGING), ax=grid, fraction=0.012, pad=0.01, ticks=[-1, 0, 1]
    )
    bar.ax.set_yticklabels(["against", "0", "for"])
    bar.ax.tick_params(length=0, labelsize=6)
    handles = [Line2D([], [], color=colour, label=name) for name, colour in colours.items()]
    legend = figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=True)
    legend.get_frame().set(facecolor="0.3", edgecolor="none")
    plt.setp(legend.get_texts(), color="white")
    style.save(figure, output, dpi=200)
