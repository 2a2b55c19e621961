"""A made-up cohort of any size, to measure how stages grow: stacks of holes and tables of the true number of rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from gestalt_regions.core.io import write_table
from gestalt_regions.faces.face_shards import INDEX
from gestalt_regions.faces.given_landmarks import POINTS

ROOT = Path(__file__).parents[4]
Step = Callable[[Path, int], object]
SIDE, SHARD, METHODS = 32, 500, [f"Method{k}" for k in range(1, 21)]
FOLDS = [str(k) for k in range(1, 6)]
CLASSES = ["22q11DS", "Angelman", "KS", "NS", "WS", "Unaffected"]


def holes(path: Path, shape: tuple[int, ...], dtype: type, marked: bool = False) -> None:
    """Make a .npy without values on the disk.

    Parameters
    ----------
    path : Path
        The file.
    shape : tuple of int
        Shape of the array.
    dtype : type
        Its type.
    marked : bool
        Whether each row begins with its number, so that no two are equal.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    array = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    if marked:
        array.reshape(len(array), -1)[:, :4] = np.arange(len(array), dtype=np.uint32).view(np.uint8).reshape(-1, 4)


def tables(folder: Path, images: int) -> pd.DataFrame:
    """Write samples.csv, index.csv, folds.csv and the indices of the maps: two images a subject, an eighth held out.

    Parameters
    ----------
    folder : Path
        Where to.
    images : int
        How many images.

    Returns
    -------
    DataFrame
        All samples with their folds.
    """
    number = np.arange(images)
    subject = number // 2
    table = pd.DataFrame({"sample_id": [f"s{i:07d}" for i in number], "image": "none.png"})
    table["label"] = np.array(CLASSES)[subject % len(CLASSES)]
    table["subject_id"] = [f"p{i:07d}" for i in subject]
    table["kin_group"] = table["subject_id"]
    held = (subject % 7 == 0) & (table["label"] != "Unaffected")
    table["split"], table["simulated"] = np.where(held, "heldout", "folds"), True
    table["fold"] = np.where(held, "heldout", (subject % len(FOLDS) + 1).astype(str))
    write_table(table.drop(columns="fold"), folder / "samples.csv")
    write_table(table[["sample_id", "label", "subject_id", "kin_group", "fold"]], folder / "folds.csv")
    index = pd.DataFrame(0.0, index=number, columns=INDEX)
    index = index.assign(row=number, sample_id=table["sample_id"], warnings="")
    index[POINTS] = [10, 12, 22, 12, 16, 18, 11, 24, 21, 24]
    write_table(index, folder / "index.csv")
    for fold in FOLDS:
        part = table[table["fold"].isin([fold, "heldout"])].assign(target="KS")
        part["set"] = part["split"]
        part = part[["sample_id", "set", "label", "target"]]
        part.insert(0, "row", range(len(part)))
        write_table(part, folder / f"maps-{fold}.csv")
    return table


def settings_of(section: str) -> dict:
    """Read a section of the default study's config, with what the schema fills in.

    Parameters
    ----------
    section : str
        Name of the section.

    Returns
    -------
    dict
        The section.
    """
    from gestalt_regions.study.study import load_study

    return load_study(yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8")), ROOT).config[section]


def policies() -> dict:
    """Read the policies of the default study.

    Returns
    -------
    dict
        Config coefficients.policies.
    """
    return settings_of("coefficients")["policies"]
