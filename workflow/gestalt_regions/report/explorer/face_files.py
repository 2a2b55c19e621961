"""Files of the faces themselves: small pictures, crops, label maps, outlines of regions, and the truth."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_array, read_table
from gestalt_regions.faces.parse import LABELS
from gestalt_regions.regions.sets import region_ids
from gestalt_regions.report.explorer.face_list import facts
from gestalt_regions.report.explorer.outlines import outlines
from gestalt_regions.report.explorer.script_data import write_script
from gestalt_regions.report.explorer.sprites import greys_of_map, sheet, write_webp

BLOCK = 25  # faces whose data come together
COLUMNS = 5  # of a block's sheets
THUMB, THUMBS, THUMB_COLUMNS = 64, 100, 10  # pixels; of a sheet; in a row of it
LARGE, FEW = 224, 800  # pixels of a crop where there are no more than FEW faces
MEDIUM = 112  # pixels of the others, of label maps and regions
PHOTO = 82  # quality of photographs
TEXT = ["sample_id", "variant", "reverted"]
TRUTH_TILES = 2  # the twin, the change map
LABEL_COLOURS = dict(
    zip(
        LABELS,
        (
            *("#1b1b1b", "#e3b997", "#7b4f9e", "#b38fd0", "#0f5fa6", "#63a8e0"),
            *("#f0e442", "#c2185b", "#ffffff", "#f08cb0", "#6b4a2b", "#2a9d74"),
        ),
        strict=True,
    )
)


def _side(sizes: list[int], wanted: int) -> int:
    """The stored side that serves best for pictures of `wanted` pixels."""
    return min(sizes, key=lambda size: (size < wanted, abs(size - wanted)))


def _resized(picture: np.ndarray, side: int) -> np.ndarray:
    """A picture at another side; as it is where that is its own."""
    if picture.shape[0] == side:
        return np.asarray(picture)
    return cv2.resize(np.ascontiguousarray(picture), (side, side), interpolation=cv2.INTER_AREA)


def blocks(count: int, size: int = BLOCK) -> list[range]:
    """The faces of each block.

    Parameters
    ----------
    count : int
        Number of faces.
    size : int
        Faces of a block.

    Returns
    -------
    list of range
        Numbers of faces.
    """
    return [range(start, min(start + size, count)) for start in range(0, count, size)]


def write_pictures(folder: Path, data: Path, faces: pd.DataFrame, sizes: list[int]) -> int:
    """Write thumbnails and crops.

    Parameters
    ----------
    folder : Path
        results/{cohort}/faces.
    data : Path
        The folder of the explorer's data.
    faces : pandas.DataFrame
        As from `face_list.list_faces`.
    sizes : list of int
        Sides of the crops that are there, pixels.

    Returns
    -------
    int
        Side of the crops as written.
    """
    side = LARGE if len(faces) <= FEW else MEDIUM
    stack = read_array(folder / f"crops_{_side(sizes, side)}.npy")
    side, rows = min(side, stack.shape[1]), faces["row"].to_numpy()
    thumbs: list[np.ndarray] = []
    for number, block in enumerate(blocks(len(faces))):
        crops = [_resized(stack[rows[place]], side) for place in block]
        write_webp(sheet(crops, COLUMNS), data / "crops" / f"{number}.webp", PHOTO)
        thumbs += [_resized(crop, THUMB) for crop in crops]
    for number, part in enumerate(blocks(len(thumbs), THUMBS)):
        write_webp(sheet([thumbs[place] for place in part], THUMB_COLUMNS), data / "thumbs" / f"{number}.webp", PHOTO)
    return side


def write_labels(
    folder: Path, data: Path, faces: pd.DataFrame, sizes: list[int], sets: Mapping[str, Mapping[str, int]]
) -> int:
    """Write label maps; and, as scripts, the facts of each face and the outlines of its regions.

    Parameters
    ----------
    folder : Path
        results/{cohort}/faces.
    data : Path
        The folder of the explorer's data.
    faces : pandas.DataFrame
        As from `face_list.list_faces`.
    sizes : list of int
        Sides of the maps that are there, pixels.
    sets : mapping
        Region set -> region -> id.

    Returns
    -------
    int
        Side of the maps, pixels.
    """
    size = _side(sizes, MEDIUM)
    labels, rows = read_array(folder / f"labels_{size}.npy"), faces["row"].to_numpy()
    colours = np.array([[int(text[place : place + 2], 16) for place in (1, 3, 5)] for text in LABEL_COLOURS.values()])
    stacks = {
        name: read_array(folder / (f"regions_{size}.npy" if name == "paper" else f"regions_{name}_{size}.npy"))
        for name in sets
    }
    described = facts(faces)
    for number, block in enumerate(blocks(len(faces))):
        tiles = [colours[np.asarray(labels[rows[place]])].astype(np.uint8) for place in block]
        write_webp(sheet(tiles, COLUMNS), data / "labels" / f"{number}.webp", 100)
        told = [
            {
                "facts": described[place],
                "regions": {
                    name: outlines(np.asarray(stack[rows[place]]), sets[name]) for name, stack in stacks.items()
                },
            }
            for place in block
        ]
        write_script(data, f"faces/{number}", told)
    return size


def region_sets(path: Path, names: list[str]) -> dict[str, dict[str, int]]:
    """The region sets of a study.

    Parameters
    ----------
    path : Path
        resources/regions.yaml.
    names : list of str
        Sets.

    Returns
    -------
    dict
        Set -> region -> id in the stored maps.
    """
    return {name: region_ids(path, name) for name in names}


def write_truth(folder: Path, data: Path, faces: pd.DataFrame, size: int) -> dict[int, list[object]]:
    """Write the unaffected twin of each face that has one, and what differs between them.

    Parameters
    ----------
    folder : Path
        results/{cohort}/truth.
    data : Path
        The folder of the explorer's data.
    faces : pandas.DataFrame
        As from `face_list.list_faces`.
    size : int
        Side of the stacks, pixels.

    Returns
    -------
    dict
        Number of the face -> [largest change in grey levels, signs that the twin lacks].
    """
    index = read_table(
        folder / "index.csv", ["row", "sample_id", "variant"], strings=["sample_id", "variant", "reverted"]
    )
    index = index[index["variant"] == "twin"].set_index("sample_id")
    twins, changes = read_array(folder / f"twins_{size}.npy"), read_array(folder / f"changes_{size}.npy")
    told: dict[int, list[object]] = {}
    for number, sample in enumerate(faces["sample_id"]):
        if sample not in index.index:
            continue
        row, lost = int(index.loc[sample, "row"]), str(index.loc[sample, "reverted"])
        change = np.asarray(changes[row], np.float32)
        grey = greys_of_map(change, change, MEDIUM)[1]
        if grey is None:  # a change is never negative
            continue
        side = grey.tile.shape[0]
        tiles = [_resized(twins[row], side), np.repeat(grey.tile[..., None], 3, axis=2)]
        write_webp(sheet(tiles, TRUTH_TILES), data / "truth" / f"{number}.webp", 90)
        told[number] = [grey.scale, lost.replace(";", "; ")]
    return told
