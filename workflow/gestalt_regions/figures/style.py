"""One look for all figures, and files whose bytes depend on nothing but their content."""

from __future__ import annotations

import os
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, StrMethodFormatter

from gestalt_regions.core.io import atomic

WIDTH = 7.0  # inches: the text width of a page; fonts below stay readable at that size
REGION_COLOURS = {"eyes": "#56B4E9", "nose": "#F0E442", "mouth": "#FF8C5A"}  # after Okabe and Ito
CONTROL_COLOUR = "#B0B0B0"
DIVERGING = "RdBu_r"  # told apart with every common colour vision deficiency


def apply() -> None:
    """Set the style of the figures drawn in this process."""
    matplotlib.use("Agg")
    sns.set_theme(context="paper", style="ticks", palette="colorblind", font="DejaVu Sans")
    matplotlib.rcParams |= {
        "font.size": 7.5,
        "axes.labelsize": 7.5,
        "axes.titlesize": 8,
        "xtick.labelsize": 7,
        "ytick.labelsize": 7,
        "legend.fontsize": 7,
        "axes.linewidth": 0.6,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "xtick.major.size": 2.5,
        "ytick.major.size": 2.5,
        "figure.dpi": 150,
        "text.parse_math": False,  # names of classes may hold dollar signs
        "svg.hashsalt": "gestalt_regions",  # ids of clip paths are random without it
    }


def log_scale(axes: plt.Axes, direction: str) -> None:
    """Make a scale logarithmic, with whole numbers at powers of ten (10^3 would need mathematics in text).

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Whose scale.
    direction : str
        `x` or `y`.
    """
    axes.set(**{f"{direction}scale": "log"})
    axis = axes.xaxis if direction == "x" else axes.yaxis
    axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axis.set_minor_formatter(NullFormatter())


def group_colours(labels: list[str], control: str) -> dict[str, tuple | str]:
    """A colour per class.

    Parameters
    ----------
    labels : list of str
        The classes.
    control : str
        Label of the control class.

    Returns
    -------
    dict
        Class -> colour: grey for the control, the colour-blind safe palette (cycled) for the others.
    """
    palette = iter(sns.color_palette("colorblind", n_colors=max(1, len(labels))))
    return {label: CONTROL_COLOUR if label == control else next(palette) for label in labels}


def region_colours(regions: list[str]) -> dict[str, str]:
    """A colour per region.

    Parameters
    ----------
    regions : list of str
        Names of the regions.

    Returns
    -------
    dict
        Region -> colour: those of the paper's regions, spare ones for others.
    """
    spare = iter(sns.color_palette("colorblind", n_colors=max(1, len(regions))).as_hex())
    return {region: REGION_COLOURS.get(region) or next(spare) for region in regions}


def tiles(lines: int, columns: int, size: tuple[float, float]) -> tuple[Figure, np.ndarray]:
    """Tiles close to each other, without ticks and frames.

    Parameters
    ----------
    lines, columns : int
        How many tiles.
    size : tuple of float
        Width and height of the figure, inches.

    Returns
    -------
    figure : matplotlib.figure.Figure
        The figure.
    grid : ndarray of Axes [lines, columns]
        Its tiles.
    """
    figure, grid = plt.subplots(lines, columns, figsize=size, squeeze=False)
    figure.set_layout_engine("constrained", w_pad=0.01, h_pad=0.01, wspace=0.01, hspace=0.01)
    for axes in grid.ravel():
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
    return figure, grid


def label_tile(axes: plt.Axes, title: str, below: str) -> None:
    """Write a line above and text below a tile, small.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Of the tile.
    title, below : str
        The line above; the text below.
    """
    axes.set_title(title, fontsize=6.5, pad=3)
    axes.set_xlabel(below, fontsize=5.5, labelpad=2)


def draw_face(axes: plt.Axes, crop: np.ndarray, title: str, below: str) -> None:
    """Draw a face with a line above and text below.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where it goes.
    crop : numpy.ndarray of uint8 [S, S, 3]
        The face.
    title, below : str
        The line above; the text below.
    """
    axes.imshow(crop, interpolation="lanczos")
    label_tile(axes, title, below)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def save(figure: Figure, path: str | os.PathLike, dpi: int = 150) -> None:
    """Write a figure, whole or not at all, without date or software version in it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        It is closed afterwards.
    path : str or path
        SVG or PNG by its suffix.
    dpi : int
        Pixels per inch.
    """
    kind = Path(path).suffix.removeprefix(".")
    metadata = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}[kind]
    with atomic(path) as temporary:
        figure.savefig(temporary, format=kind, metadata=metadata, dpi=dpi, bbox_inches="tight", pad_inches=0.04)
    plt.close(figure)
