"""Figure 2a of Gurovich et al. (2019): one composite photograph of each class.

Every face is warped so that its 106 landmarks lie at the mean landmarks of its class, or at those of all classes; then
pixels are averaged. Their plain mean would be blurred, because eyes and mouths lie at different places.
"""

from __future__ import annotations

import os

import numpy as np

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_array
from gestalt_regions.figures import style
from gestalt_regions.figures.figure1_montage import load_faces_index
from gestalt_regions.figures.selection import EVERYTHING, Selection
from gestalt_regions.saliency.morph.mean_shape import common_shape, composite, person_weights
from gestalt_regions.statistics.toolkit import read

COLUMNS = 6  # classes in a line
TILE = 1.15  # inches


def draw_composites(
    crops_path: str | os.PathLike,
    index_path: str | os.PathLike,
    landmarks_path: str | os.PathLike,
    samples_path: str | os.PathLike,
    output: str | os.PathLike,
    *,
    pixels: bool = False,
    shape: str = "class",
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
    shape : {"class", "common"}
        The shape that faces are warped to: the mean of their class, as published, or one mean of all classes.
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
    common = common_shape(np.asarray(landmarks)[inside["row"]], inside["label"], inside["subject_id"])
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
            onto = common if shape == "common" else None
            picture = composite([crops[row] for row in rows], landmarks[rows], weights, warp=warp, onto=onto)
            style.draw_face(axes, picture, label if warp else "", below)
    for axes in grid.ravel()[[not axes.images for axes in grid.ravel()]]:
        axes.set_visible(False)
    simulated = read.simulated_phrase(samples)
    whose = "one mean shape of all classes" if shape == "common" else "the mean shape of their class"
    title = f"Composites: faces warped to {whose}" + (f"; {simulated}" if simulated else "")
    figure.suptitle(title, fontsize=8)
    style.save(figure, output, dpi=220)
