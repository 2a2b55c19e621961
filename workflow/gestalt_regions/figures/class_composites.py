"""Figure 2a of Gurovich et al. (2019): one composite photograph of each class.

Every face is warped so that its 106 landmarks lie at the mean landmarks of its class; then pixels are averaged. Their
plain mean would be blurred, because eyes and mouths lie at different places.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import pandas as pd

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_array
from gestalt_regions.figures import style
from gestalt_regions.figures.figure1_montage import load_faces_index
from gestalt_regions.figures.selection import EVERYTHING, Selection
from gestalt_regions.saliency.morph.warps import spline, spread, warped
from gestalt_regions.statistics.toolkit import read

COLUMNS = 6  # classes in a line
TILE = 1.15  # inches


def person_weights(people: pd.Series) -> np.ndarray:
    """What each image counts, so that all people count the same.

    Parameters
    ----------
    people : pandas.Series
        The person of each image.

    Returns
    -------
    numpy.ndarray
        float64 [n], of sum one.
    """
    weights = 1 / people.map(people.value_counts()).to_numpy(float)
    return weights / weights.sum()


def composite(
    crops: Sequence[np.ndarray] | np.ndarray, landmarks: np.ndarray, weights: np.ndarray, *, warp: bool = True
) -> np.ndarray:
    """The mean of faces that are warped to their mean shape.

    Parameters
    ----------
    crops : sequence of numpy.ndarray
        n of uint8 [s, s, 3].
    landmarks : numpy.ndarray
        [n, k, 2], pixels of a crop of 112 pixels.
    weights : numpy.ndarray
        [n], of sum one.
    warp : bool
        False: the mean of pixels where they are.

    Returns
    -------
    numpy.ndarray
        uint8 [s, s, 3].
    """
    landmarks = np.asarray(landmarks, np.float64)
    mean = np.einsum("n,nkd->kd", weights, landmarks)
    matrix, total = spline(mean), np.zeros(np.shape(crops[0]))
    for crop, points, weight in zip(crops, landmarks, weights, strict=True):
        face = np.asarray(crop, np.float32)
        total += weight * (warped(face, spread(matrix, points - mean)) if warp else face)
    return np.clip(np.round(total), 0, 255).astype(np.uint8)


def draw_composites(
    crops_path: str | os.PathLike,
    index_path: str | os.PathLike,
    landmarks_path: str | os.PathLike,
    samples_path: str | os.PathLike,
    output: str | os.PathLike,
    *,
    pixels: bool = False,
    selected: Selection = EVERYTHING,
) -> None:
    """Draw a composite of each class, of the images of the folds.

    Parameters
    ----------
    crops_path : str or path
        Aligned crops, uint8 [N, S, S, 3].
    index_path : str or path
        faces/index.csv.
    landmarks_path : str or path
        faces/landmarks.npy, [N, 106, 2].
    samples_path, output : str or path
        samples.csv; the figure, PNG by its suffix.
    pixels : bool
        Whether the plain mean of the pixels is shown beneath.
    selected : Selection
        Classes to show.

    Raises
    ------
    InputError
        Where the landmarks do not fit the crops, and where the folds hold no face.
    """
    style.apply()
    crops, landmarks, samples = read_array(crops_path), read_array(landmarks_path), read.load_samples(samples_path)
    index = load_faces_index(index_path, samples, len(crops))
    if len(landmarks) != len(crops):
        raise InputError(f"{landmarks_path}: {len(landmarks)} faces for {len(crops)} crops; rebuild the landmarks")
    inside = index[index["sample_id"].isin(samples.loc[samples["split"] == "folds", "sample_id"])]
    inside = inside[np.isfinite(np.asarray(landmarks)[inside["row"]]).all(axis=(1, 2))]
    if inside.empty:
        raise InputError(f"{index_path}: no face of the folds; composites need some")
    classes = selected.classes_of(sorted(inside["label"].unique(), key=lambda c: (c.casefold(), c)))
    ways = (True, False) if pixels else (True,)
    columns = min(COLUMNS, len(classes))
    lines = -(-len(classes) // columns) * len(ways)
    figure, grid = style.tiles(lines, columns, (TILE * columns, (TILE + 0.2) * lines + 0.25))
    for place, label in enumerate(classes):
        part = inside[inside["label"] == label]
        rows, weights = part["row"].to_numpy(), person_weights(part["subject_id"])
        for way, warp in enumerate(ways):
            axes = grid[place // columns * len(ways) + way, place % columns]
            people = part["subject_id"].nunique()
            below = f"{len(part)} images of {people} people" if warp else "plain mean of pixels"
            picture = composite([crops[row] for row in rows], landmarks[rows], weights, warp=warp)
            style.draw_face(axes, picture, label if warp else "", below)
    for axes in grid.ravel()[[not axes.images for axes in grid.ravel()]]:
        axes.set_visible(False)
    simulated = read.simulated_phrase(samples)
    title = "Composites: faces warped to the mean shape of their class" + (f"; {simulated}" if simulated else "")
    figure.suptitle(title, fontsize=8)
    style.save(figure, output, dpi=220)
