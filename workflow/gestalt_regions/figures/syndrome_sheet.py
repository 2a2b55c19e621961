"""The maps of every syndrome by one method: a row a class, on one mean face."""

from __future__ import annotations

import os

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from gestalt_regions.core.io import read_array, read_table
from gestalt_regions.figures import style
from gestalt_regions.figures.figure5_maps import EXTENT, outline, region_legend
from gestalt_regions.regions.coefficients import PAPER_REGION_IDS

TILE = 1.12  # inches
COLUMNS = ("composite", "mean map", "spread between people", "against {}", "significant, p \u2264 {:g}")
VARIANT_NAMES = {"folds": "out of fold", "correct_only": "out of fold, recognised images alone", "heldout": "held out"}
OVERSHOOT = 0.02  # of the largest value: so far below zero the interpolation takes a map that has nothing below
GREY = 0.45  # how much of its contrast a face keeps below a map


def _grey(axes: plt.Axes, face: np.ndarray) -> None:
    tone = face.mean(axis=2) / 255
    axes.imshow(1 - GREY + GREY * tone, extent=EXTENT, cmap="gray", vmin=0, vmax=1)


def _say(axes: plt.Axes, text: str) -> None:
    axes.text(0.5, 0.5, text, ha="center", va="center", fontsize=5.5, color="0.4", transform=axes.transAxes, wrap=True)


def _limits(stack: np.ndarray) -> tuple[tuple[float, float], tuple[float, float], tuple[float, float]]:
    """The scales of means, spreads and differences: each is shared by all classes."""

    def largest(values: np.ndarray) -> float:
        finite = np.abs(values[np.isfinite(values)])
        return float(finite.max()) if finite.size and finite.max() > 0 else 1.0

    high, change = largest(stack[:, 0]), largest(stack[:, 2])
    low = -high if np.isfinite(stack[:, 0]).any() and np.nanmin(stack[:, 0]) < -OVERSHOOT * high else 0.0
    return (low, high), (0.0, largest(stack[:, 1])), (-change, change)


def _row(
    axes: np.ndarray, face: np.ndarray, maps: np.ndarray, alpha: float, limits: tuple, colormap: str, note: str
) -> None:
    """The five tiles of a class."""
    none = note.replace(": ", ":\n") or "the reference"
    axes[0].imshow(face, extent=EXTENT)
    for tile, values, (low, high), colours in zip(
        axes[1:4], maps, limits, (colormap, colormap, style.DIVERGING), strict=False
    ):
        if np.isfinite(values).any():
            tile.imshow(values, extent=EXTENT, cmap=colours, vmin=low, vmax=high)
        else:
            _say(tile, none)
    if np.isfinite(maps[3]).any():
        _grey(axes[4], face)
        shown = np.ma.masked_where(~(maps[3] <= alpha), maps[2])
        axes[4].imshow(shown, extent=EXTENT, cmap=style.DIVERGING, vmin=limits[2][0], vmax=limits[2][1])
        share = float((maps[3] <= alpha).mean())
        axes[4].set_xlabel(f"{share:.1%} of the crop, least p {maps[3].min():.2g}", fontsize=5.5, labelpad=2)
    else:
        _say(axes[4], none)


def _scales(figure: plt.Figure, lowest: np.ndarray, limits: tuple, colormap: str) -> None:
    """A colour bar below each of the three columns of maps."""
    colours = (colormap, colormap, style.DIVERGING)
    for tile, (low, high), name in zip(lowest[1:4], limits, colours, strict=True):
        mappable = ScalarMappable(Normalize(low, high), cmap=name)
        bar = figure.colorbar(mappable, cax=tile.inset_axes((0.05, -0.24, 0.9, 0.05)), orientation="horizontal")
        ticks = sorted({low, 0.0, high})
        bar.set_ticks(ticks, labels=[f"{tick:.2g}" for tick in ticks])
        bar.ax.tick_params(length=1.5, labelsize=5.5)
        first, *_, last = bar.ax.get_xticklabels()
        first.set_horizontalalignment("left")  # so that numbers of neighbours do not touch
        last.set_horizontalalignment("right")


def draw_syndrome_sheet(
    stack_path: str | os.PathLike,
    summary_path: str | os.PathLike,
    outlines_path: str | os.PathLike,
    composites_path: str | os.PathLike,
    classes_path: str | os.PathLike,
    output: str | os.PathLike,
    *,
    method: str,
    variant: str,
    alpha: float,
    colormap: str,
) -> None:
    """Draw a row for each class, the control last: composite, mean map, spread, difference, where it is significant.

    Maps of a column share one scale, so that rows can be compared. A variant without images gives a picture that says
    so.

    Parameters
    ----------
    stack_path, summary_path, outlines_path : str or path
        Of `write_syndrome_maps`: maps float32 [rows, 4, s, s], their table, and the region map of the mean face.
    composites_path, classes_path : str or path
        Of `write_mean_faces`: composites uint8 [classes, S, S, 3], their table.
    output : str or path
        The figure; PNG by its suffix.
    method, variant : str
        Name of the method; variant of the maps.
    alpha : float
        Largest corrected p that is drawn as significant.
    colormap : str
        Of means and spreads.
    """
    style.apply()
    text = ["variant", "label", "against", "note"]
    summary = read_table(summary_path, ["row", "people", "kin_groups", "simulated", *text], strings=text)
    rows = summary[summary["variant"] == variant].sort_values("against", key=lambda names: names == "", kind="stable")
    title = f"{method}: maps of each class on one mean face, {VARIANT_NAMES[variant]}"
    title += "; simulated cohort" if _any_simulated(summary) else ""
    if rows.empty:
        style.save(_nothing(title), output, dpi=170)
        return
    maps, faces, outlines = read_array(stack_path), read_array(composites_path), read_array(outlines_path)
    composites = read_table(classes_path, ["row", "label"], strings=["label"]).set_index("label")["row"]
    shown = np.asarray(maps[rows["row"]], float)
    limits, colours = _limits(shown), style.region_colours(list(PAPER_REGION_IDS))
    figure, grid = style.tiles(len(rows), len(COLUMNS), (TILE * len(COLUMNS) + 0.8, (TILE + 0.16) * len(rows) + 0.9))
    for axes, row, of_class in zip(grid, rows.itertuples(), shown, strict=True):
        face = faces[composites[row.label]] if row.label in composites.index else np.full((8, 8, 3), 255, np.uint8)
        _row(axes, face, of_class, alpha, limits, colormap, row.note)
        axes[0].set_ylabel(f"{row.label}\n{row.people} people,\n{row.kin_groups} families", fontsize=6.5)
        for tile in axes:
            tile.set(xticks=[], yticks=[], xlim=(0, 1), ylim=(1, 0), aspect="equal")
            if tile.images:
                outline(tile, np.asarray(outlines), colours)
    against = next((name for name in rows["against"] if name), "others")
    for axes, heading in zip(grid[0], COLUMNS, strict=True):
        axes.set_title(heading.format(alpha if "p " in heading else against), fontsize=6.5, pad=3)
    _scales(figure, grid[-1], limits, colormap)
    room = 0.22 / figure.get_figheight()  # for the scales
    figure.set_layout_engine(
        "constrained", w_pad=0.01, h_pad=0.01, wspace=0.01, hspace=0.01, rect=(0, room, 1, 1 - room)
    )
    region_legend(figure, colours)
    figure.suptitle(title, fontsize=8)
    style.save(figure, output, dpi=170)


def _nothing(title: str) -> plt.Figure:
    figure, axes = plt.subplots(figsize=(style.WIDTH, 0.8))
    axes.set_axis_off()
    axes.text(0.5, 0.5, "No such image is explained.", ha="center", va="center", fontsize=8, color="0.4")
    axes.set_title(title, fontsize=8)
    return figure


def _any_simulated(summary: pd.DataFrame) -> bool:
    return bool(summary["simulated"].astype(str).str.lower().isin(["true", "1"]).any())
