"""The region sets on the mean face: where each region lies in most faces."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from scipy import ndimage

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_array
from gestalt_regions.figures import style
from gestalt_regions.regions.sets import load_sets
from gestalt_regions.statistics.toolkit import read

BLOCK = 64  # faces read at a time


def mean_face(crops: np.ndarray) -> np.ndarray:
    """Mean of crops; BLOCK of them are read at a time.

    Parameters
    ----------
    crops : numpy.ndarray
        uint8 [N, S, S, 3].

    Returns
    -------
    numpy.ndarray
        float64 [S, S, 3], 0 to 255.
    """
    total = np.zeros(crops.shape[1:])
    for start in range(0, len(crops), BLOCK):
        total += crops[start : start + BLOCK].sum(axis=0, dtype=np.float64)
    return total / len(crops)


def modal_map(regions: np.ndarray, count: int) -> np.ndarray:
    """The most frequent id of each pixel.

    Parameters
    ----------
    regions : numpy.ndarray
        Region maps uint8 [N, S, S].
    count : int
        Largest id.

    Returns
    -------
    numpy.ndarray
        int [S, S]; the lowest id among equals.
    """
    votes = np.zeros((count + 1, *regions.shape[1:]), np.int32)
    for start in range(0, len(regions), BLOCK):
        part = np.asarray(regions[start : start + BLOCK])
        for number in range(count + 1):
            votes[number] += (part == number).sum(axis=0)
    return votes.argmax(axis=0)


def _number(axes: plt.Axes, mask: np.ndarray, text: str) -> None:
    """Write `text` at the innermost pixel of each sizeable component (a brow on each side is two)."""
    components, count = ndimage.label(mask)
    sizes = np.bincount(components.ravel())[1:]
    for component in range(1, count + 1):
        if sizes[component - 1] < max(0.25 * sizes.max(), 0.0005 * mask.size):
            continue
        depth = ndimage.distance_transform_edt(np.pad(components == component, 1))[1:-1, 1:-1]
        y, x = np.unravel_index(depth.argmax(), depth.shape)
        axes.text(
            x,
            y,
            text,
            ha="center",
            va="center",
            fontsize=5.5,
            color="black",
            bbox={"boxstyle": "circle,pad=0.12", "facecolor": "white", "linewidth": 0, "alpha": 0.8},
        )


def _panel(axes: plt.Axes, face: np.ndarray, modal: np.ndarray, names: Sequence[str]) -> None:
    """One region set on the mean face; regions that are nowhere carry a dagger."""
    colours = np.array(sns.color_palette("colorblind", n_colors=10))
    axes.imshow(face.mean(axis=2), cmap="gray", vmin=0, vmax=255)
    overlay = np.zeros((*modal.shape, 4))
    lines = []
    for number, name in enumerate(names, start=1):
        mask = modal == number
        overlay[mask] = (*colours[(number - 1) % len(colours)], 0.45)
        if mask.any():
            axes.contour(mask, levels=[0.5], colors="white", linewidths=0.5)
            _number(axes, mask, str(number))
        lines.append(f"{number} {name.replace('_', ' ')}" + ("" if mask.any() else " †"))
    axes.imshow(overlay)
    half = -(-len(lines) // 2)
    for column, part in ((0.02, lines[:half]), (0.52, lines[half:])):
        axes.text(column, -0.03, "\n".join(part), transform=axes.transAxes, ha="left", va="top", fontsize=6.5)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def draw_region_sets(
    crops_path: str | os.PathLike,
    region_paths: Mapping[str, str | os.PathLike],
    sets_path: str | os.PathLike,
    samples_path: str | os.PathLike,
    output: str | os.PathLike,
) -> None:
    """Where each region lies in most faces: one panel for each region set.

    Parameters
    ----------
    crops_path : str or path
        Aligned crops, uint8 [N, S, S, 3].
    region_paths : mapping
        Region set -> region maps, uint8 [N, S, S].
    sets_path : str or path
        resources/regions.yaml.
    samples_path, output : str or path
        samples.csv; the figure, SVG or PNG by its suffix.

    Raises
    ------
    InputError
        Where the maps do not fit the crops.
    """
    style.apply()
    crops, sets = read_array(crops_path), load_sets(sets_path)
    face, simulated = mean_face(crops), read.simulated_phrase(read.load_samples(samples_path))
    figure, grid = plt.subplots(1, len(region_paths), figsize=(style.WIDTH, 3.4), squeeze=False)
    for axes, (name, path) in zip(grid[0], region_paths.items(), strict=True):
        regions = read_array(path)
        if regions.shape != crops.shape[:3]:
            raise InputError(f"{path} {regions.shape} does not fit {crops_path} {crops.shape}; rebuild the regions")
        names = list(sets[name]["regions"])
        _panel(axes, face, modal_map(regions, len(names)), names)
        axes.set_title(name)
    note = f"Region sets on the mean of {len(crops)} faces: where each region lies most often; † nowhere"
    note += f"; {simulated}" if simulated else ""
    figure.suptitle(note, fontsize=8, y=0.97)
    figure.subplots_adjust(left=0.01, right=0.99, bottom=0.28, top=0.86, wspace=0.05)
    style.save(figure, output, dpi=200)
