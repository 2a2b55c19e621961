"""Which images are gallery and which are test, as a table (splits.csv), and what must hold of it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from gestalt_regions.core import io
from gestalt_regions.core.errors import InputError, nearest

# repeat is "" for frequent disorders, 1.. for the splits of rare ones
COLUMNS = ["sample_id", "subject_id", "label", "group", "role", "repeat"]
FREQUENT, RARE = "frequent", "rare"
GALLERY, TEST = "gallery", "test"


def check(splits: pd.DataFrame, path: str | Path, labels: Collection[str] | None = None) -> None:
    """Check what would make an accuracy meaningless.

    Parameters
    ----------
    splits : DataFrame
        COLUMNS, as text.
    path : path
        The file that messages name.
    labels : collection of str, optional
        The disorders that there are, where they are listed elsewhere (GMDB's syndromes).

    Raises
    ------
    InputError
        With the image or subject that is wrong.
    """
    if labels is not None:
        for row in splits[~splits["label"].isin(labels)].itertuples():
            near = nearest(row.label, labels)
            raise InputError(f"{path}: image '{row.sample_id}' has the unknown label '{row.label}'; {near}")
    groups = splits.drop_duplicates(["label", "group"])
    for row in groups[groups.duplicated("label")].itertuples():
        raise InputError(f"{path}: the disorder '{row.label}' is both frequent and rare (image '{row.sample_id}')")
    twice = splits[splits.duplicated(["sample_id", "repeat"], keep=False)]
    for (sample, repeat), cell in twice.groupby(["sample_id", "repeat"], sort=False):
        where = f" of split {repeat}" if repeat else ""
        raise InputError(f"{path}: image '{sample}' is listed {len(cell)} times{where}; list each image id once")
    labelled = splits.drop_duplicates(["sample_id", "label"])
    for row in labelled[labelled.duplicated("sample_id")].itertuples():
        raise InputError(f"{path}: image '{row.sample_id}' has two labels; give each image one")
    # A rare test image meets the frequent gallery too (unified), as a frequent one meets the rare galleries.
    frequent = {
        role: set(splits.loc[(splits["group"] == FREQUENT) & (splits["role"] == role), "subject_id"])
        for role in (GALLERY, TEST)
    }
    rare = splits[splits["group"] == RARE]
    for repeat, cell in [("", splits[splits["group"] == FREQUENT]), *rare.groupby("repeat", sort=False)]:
        sides = {role: frequent[role] | set(cell.loc[cell["role"] == role, "subject_id"]) for role in (GALLERY, TEST)}
        if both := sorted(sides[GALLERY] & sides[TEST]):
            where = f"split {repeat}" if repeat else "the frequent lists"
            raise InputError(
                f"{path}: subject '{both[0]}' is both in the gallery and in the test set of {where} ({len(both)} such "
                "subjects); keep all images of a person on one side"
            )
    galleries = set(zip(*splits.loc[splits["role"] == GALLERY, ["label", "repeat"]].to_numpy().T, strict=True))
    for row in splits[splits["role"] == TEST].itertuples():
        if (row.label, row.repeat) not in galleries:
            raise InputError(f"{path}: test image '{row.sample_id}': its disorder '{row.label}' is not in the gallery")


def load(path: str | Path) -> pd.DataFrame:
    """Read splits.csv and check it.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    DataFrame
        COLUMNS as text, `repeat` empty for frequent disorders.

    Raises
    ------
    InputError
        As `check`.
    """
    splits = io.read_table(path, COLUMNS, strings=COLUMNS)
    check(splits, path)
    return splits
