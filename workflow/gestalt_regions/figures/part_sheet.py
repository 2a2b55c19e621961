"""The parts of a few faces, as DeepGestalt's experts see them: one row a face, one column a part.

An expert of backbone deepgestalt sees a crop of 100 x 100 grey pixels. Other experts see the part where it is, through
a window (`models.face_crop.FaceWindow`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from PIL import Image

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_array
from gestalt_regions.faces.face_parts import SIDE, Box, read_boxes
from gestalt_regions.figures import style
from gestalt_regions.figures.figure1_montage import load_faces_index
from gestalt_regions.models.network import pixels_seen
from gestalt_regions.statistics.toolkit import read

CROP = 100  # pixels, as the experts' own layer cuts them
GREY = 128  # beside a window: what a network's input of 0 stands for
INCHES = 1.0  # of a part on the page


def choose_faces(faces: pd.DataFrame, samples: Sequence[str], count: int) -> pd.DataFrame:
    """The faces of the sheet.

    Parameters
    ----------
    faces : DataFrame
        row, sample_id and label of every face.
    samples : sequence of str
        Which to take; none to choose.
    count : int
        How many to choose: the first of each class in turn.

    Returns
    -------
    DataFrame
        Some of the rows.

    Raises
    ------
    InputError
        For a sample that has no face.
    """
    if samples:
        for sample in samples:
            if sample not in set(faces["sample_id"]):
                near = nearest(sample, faces["sample_id"])
                raise InputError(f"config figures.part_sheet.samples: '{sample}' has no face; {near}")
        return faces.set_index("sample_id", drop=False).loc[list(samples)]
    turn = faces.groupby("label").cumcount()
    return faces.assign(turn=turn).sort_values(["turn", "label"], kind="stable").head(count)


def parts_of(crop: np.ndarray, boxes: dict[str, Box]) -> dict[str, np.ndarray]:
    """A face as each expert sees it: bilinear scaling with antialiasing, as models.face_crop, but for rounding.

    Parameters
    ----------
    crop : ndarray of uint8 [SIDE, SIDE, 3]
        The aligned face.
    boxes : dict
        Part -> box.

    Returns
    -------
    dict
        Part -> uint8 [100, 100], grey.
    """
    grey = Image.fromarray(crop).convert("L")
    side = (CROP, CROP)
    return {name: np.asarray(grey.crop(box).resize(side, Image.Resampling.BILINEAR)) for name, box in boxes.items()}


def windows_of(crop: np.ndarray, boxes: dict[str, Box]) -> dict[str, np.ndarray]:
    """A face as each expert with a window sees it.

    Parameters
    ----------
    crop : ndarray of uint8 [s, s, 3]
        The aligned face.
    boxes : dict
        Part -> box, in pixels of a crop of SIDE.

    Returns
    -------
    dict
        Part -> uint8 [s, s, 3]: grey beside the part.
    """
    shown = {}
    for name, box in boxes.items():
        x1, y1, x2, y2 = (edge / SIDE for edge in box)
        left, top, right, bottom = pixels_seen((x1, y1, x2, y2), crop.shape[:2])
        shown[name] = np.full_like(crop, GREY)
        shown[name][top:bottom, left:right] = crop[top:bottom, left:right]
    return shown


def draw_part_sheet(
    *,
    crops_path: str | os.PathLike,
    index_path: str | os.PathLike,
    samples_path: str | os.PathLike,
    parts_path: str | Path,
    output: str | os.PathLike,
    windows: bool,
    samples: Sequence[str],
    count: int,
) -> None:
    """Draw the parts of some faces beside the aligned face.

    Parameters
    ----------
    crops_path : str or path
        Aligned crops, uint8 [N, s, s, 3]; s is SIDE but for windows.
    index_path, samples_path : str or path
        faces/index.csv and samples.csv.
    parts_path : str or path
        resources/face_parts.csv.
    output : str or path
        The figure, SVG or PNG by its suffix.
    windows : bool
        True: the parts through windows. False: crops of 100 x 100 grey pixels.
    samples : sequence of str
        Which faces; none to choose.
    count : int
        How many to choose.
    """
    style.apply()
    known, crops, boxes = read.load_samples(samples_path), read_array(crops_path), read_boxes(parts_path)
    shown = choose_faces(load_faces_index(index_path, known, len(crops)), samples, count)
    columns = len(boxes) + 1
    size = (INCHES * columns, 1.18 * INCHES * len(shown) + 0.4)
    figure, grid = plt.subplots(len(shown), columns, squeeze=False, figsize=size)
    for line, face in zip(grid, shown.itertuples(), strict=True):
        crop = np.asarray(crops[face.row])
        style.draw_face(line[0], crop, str(face.label), str(face.sample_id))
        parts = windows_of(crop, boxes) if windows else parts_of(crop, boxes)
        for axes, (name, part) in zip(line[1:], parts.items(), strict=True):
            axes.imshow(part, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
            axes.set(xticks=[], yticks=[])
            style.label_tile(axes, name.replace("_", " "), "")
    phrase = read.simulated_phrase(known)
    crops_title = "The parts as experts of backbone deepgestalt see them, 100 x 100 pixels each"
    title = "The parts as experts see them, each through a window" if windows else crops_title
    figure.suptitle(title + (f" ({phrase})" if phrase else ""), fontsize=8)
    figure.subplots_adjust(left=0.01, right=0.99, bottom=0.03, top=1 - 0.5 / size[1], wspace=0.08, hspace=0.25)
    style.save(figure, output, dpi=200)
