"""Cohort reader for the published metadata of the NIH faces (Sümer et al. 2023): partitions and kin."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from gestalt_regions.cohort.readers.reader_registry import Files, Settings, reader
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_table

log = logging.getLogger("gestalt_regions")

LANDMARKS = ["score", *(f"{axis}{i}" for i in range(1, 6) for axis in "xy"), "bb_x1", "bb_y1", "bb_x2", "bb_y2"]
COLUMNS = ["sample_id", "image", "label", "subject_id", "kin_group", "split", "simulated", "fold", *LANDMARKS]
_NAME = re.compile(r"(?P<label>[A-Za-z0-9][A-Za-z0-9_-]*?)Slide[0-9]+")
_FOLD = re.compile(r"fold-([0-9]+)")


def _side(parts: Sequence[str]) -> str | None:
    """Where an image is, from its part in each fold: "heldout" (test in all), the one fold where it is val, or None."""
    if set(parts) == {"test"}:
        return "heldout"
    valid = set(parts) <= {"train", "val"} and parts.count("val") == 1
    return str(parts.index("val") + 1) if valid else None


def read_partitions(path: str | Path) -> pd.DataFrame:
    """Sample, file, label, fold and landmarks of every image.

    The label is what the file name has before `Slide<number>`.

    Parameters
    ----------
    path : path
        partitions.csv with image_name, LANDMARKS and columns fold-1..fold-K, each `train`, `val` or `test`.

    Returns
    -------
    DataFrame
        sample_id, label, fold ("1".."K" or "heldout"), image_name and LANDMARKS (pixels of the photograph).

    Raises
    ------
    InputError
        With the line, for a name without a label, a name given twice, an image without exactly one side, or a landmark
        that is no number.
    """
    header = read_table(path, ["image_name", *LANDMARKS]).columns
    folds = sorted((c for c in header if _FOLD.fullmatch(c)), key=lambda c: int(c.removeprefix("fold-")))
    if [int(c.removeprefix("fold-")) for c in folds] != list(range(1, len(folds) + 1)) or len(folds) < 2:
        raise InputError(f"{path}: the columns fold-1, fold-2, ... must number two folds or more without a gap")
    table = read_table(path, strings=["image_name", *folds])
    table["sample_id"] = table["image_name"].map(lambda name: Path(name).stem)
    labels = [match and match["label"] for match in map(_NAME.fullmatch, table["sample_id"])]
    sides = [_side(list(parts)) for parts in table[folds].itertuples(index=False)]
    numbers = table[LANDMARKS].apply(pd.to_numeric, errors="coerce")
    for problem, bad in (
        ("the label is read from names like NSSlide12.png", [label is None for label in labels]),
        ("each image must be listed once", table["sample_id"].duplicated()),
        ("an image is test in every fold, or val in exactly one and train in the others", [s is None for s in sides]),
        ("every landmark must be a number", numbers.isna().any(axis=1)),
    ):
        if any(bad):
            row = list(bad).index(True)
            raise InputError(f"{path}: line {row + 2} ({table['image_name'][row]}): {problem}")
    table["label"], table["fold"] = labels, sides
    return pd.concat([table[["sample_id", "label", "fold"]], table[["image_name"]], numbers], axis=1)


def read_kin(path: str | Path, known: Sequence[str]) -> dict[str, str]:
    """Kin group of each image that has one: images of one person or family.

    Lines with an image in common are one group; it is named after its first image. Names not `known` are left out, with
    a warning.

    Parameters
    ----------
    path : path
        Text with one group a line, quoted image names without suffix, separated by commas; `#` opens a comment.
    known : sequence of str
        The cohort's samples.

    Returns
    -------
    dict
        sample_id -> kin group.

    Raises
    ------
    InputError
        For a line with fewer than two names.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    group: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        names = [name.strip().strip("'\"").strip() for name in line.split("#")[0].split(",")]
        names = [name for name in names if name]
        if not names:
            continue
        if len(names) < 2:
            raise InputError(f"{path}: line {number} names one image only; a group has two or more")
        joined = {group[name] for name in names if name in group}
        first = min(joined, key=list(group).index) if joined else names[0]
        group |= {name: first for name in [*(n for n, g in group.items() if g in joined), *names]}
    samples = set(known)
    gone = [name for name in group if name not in samples]
    if gone:
        log.warning("%s: %d names are not in the cohort; the first: %s", path, len(gone), gone[0])
    return {name: first for name, first in group.items() if name in samples}


def read_nih(partitions: str | Path, related: str | Path, images: str | Path = "") -> pd.DataFrame:
    """Samples of the cohort, with the folds and landmarks as published (Sümer et al. 2023).

    The metadata do not tell one person's images from relatives', so every image is a subject and the kin group ties
    them.

    Parameters
    ----------
    partitions, related : path
        The published files.
    images : path or ""
        Folder of the photographs; "" for what needs none (then `image` is the bare file name).

    Returns
    -------
    DataFrame
        COLUMNS.

    Raises
    ------
    InputError
        If there is no such folder.
    """
    folder = os.path.abspath(images) if images else ""
    if images and not os.path.isdir(folder):
        raise InputError(f"{images}: no such folder (config key 'cohort.nih_faces.images')")
    table = read_partitions(partitions)
    kin = read_kin(related, table["sample_id"])
    table["image"] = [os.path.join(folder, name) for name in table["image_name"]]
    table["subject_id"] = table["sample_id"]
    table["kin_group"] = [kin.get(sample, sample) for sample in table["sample_id"]]
    table["split"] = table["fold"].map(lambda side: "heldout" if side == "heldout" else "folds")
    table["fold"] = table["fold"].replace("heldout", "")
    return table.assign(simulated=False)[COLUMNS]


def _labels(settings: Settings) -> pd.DataFrame:
    """Label and split of every image."""
    table = read_partitions(Path(settings["metadata"], "partitions.csv"))
    return table[["label"]].assign(split=table["fold"].map(lambda side: "heldout" if side == "heldout" else "folds"))


@reader(
    "nih_faces",
    place=2,
    description="reads the published metadata of the NIH faces",
    settings={
        "metadata": "Folder with partitions.csv, related_samples.csv and annotated-hpo-terms/<syndrome>.csv.",
        "images": "Folder of the photographs that partitions.csv names; empty is enough for table1, figure4a, figure4b "
        "and split_audit.",
    },
    required={"metadata": "give the folder that holds partitions.csv"},
    files=lambda settings: {
        "partitions": f"{settings['metadata']}/partitions.csv",
        "related": f"{settings['metadata']}/related_samples.csv",
    },
    ratings=lambda settings: sorted(map(str, Path(settings["metadata"], "annotated-hpo-terms").glob("*.csv"))),
    labels=_labels,
    needs_control=True,
)
def read_nih_faces(files: Files, settings: Settings) -> pd.DataFrame:
    """samples.csv of the published metadata.

    Parameters
    ----------
    files : mapping
        `partitions` and `related`; see `read_nih`.
    settings : mapping
        Config cohort.nih_faces.

    Returns
    -------
    DataFrame
        The samples with folds and landmarks as published.
    """
    return read_nih(str(files["partitions"]), str(files["related"]), settings["images"])
