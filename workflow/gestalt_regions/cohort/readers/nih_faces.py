"""Cohort reader for the published metadata of the NIH faces (Sümer et al. 2023): partitions and kin."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from gestalt_regions.cohort.photo_folder import find_photos
from gestalt_regions.cohort.readers.reader_registry import LANDMARKS, Files, Settings, reader
from gestalt_regions.cohort.same_names import checked_labels
from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.hand_tables import read_hand_table
from gestalt_regions.core.remarks import remark
from gestalt_regions.core.spelling import clean, clean_names, without_case
from gestalt_regions.core.text_files import read_text

COLUMNS = ["sample_id", "image", "label", "subject_id", "kin_group", "split", "simulated", "fold", *LANDMARKS]
_NAME = re.compile(r"(?P<label>[A-Za-z0-9][A-Za-z0-9_-]*?)Slide[0-9]+")
_FOLD = re.compile(r"fold[-_ ]?([0-9]+)", re.IGNORECASE)


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
    given = read_hand_table(path, ["image_name", *LANDMARKS])
    table = given.rows
    numbered = {int(match[1]): column for column in table if (match := _FOLD.fullmatch(column))}
    if sorted(numbered) != list(range(1, len(numbered) + 1)) or len(numbered) < 2:
        raise InputError(f"{path}: the columns fold-1, fold-2, ... must number two folds or more without a gap")
    parts = table[[numbered[fold] for fold in sorted(numbered)]].apply(lambda column: column.str.lower())
    table["image_name"] = clean_names(table["image_name"])
    table["sample_id"] = table["image_name"].map(lambda name: Path(name).stem)
    matches = [_NAME.fullmatch(name) for name in table["sample_id"]]
    table["label"] = [match["label"] if match else "" for match in matches]
    table["fold"] = [_side(row) or "" for row in parts.itertuples(index=False, name=None)]
    numbers = pd.DataFrame({column: given.numbers(column) for column in LANDMARKS})
    for problem, bad in (
        ("the label is read from names like NSSlide12.png", table["label"] == ""),
        ("each image must be listed once", table["sample_id"].map(without_case).duplicated()),
        ("an image is test in every fold, or val in exactly one and train in the others", table["fold"] == ""),
        ("every landmark must be a number", numbers.isna().any(axis=1)),
    ):
        if bad.any():
            row = int(bad.to_numpy().argmax())
            raise given.error(row, f"{table['image_name'][row]}: {problem}")
    table["label"] = checked_labels(table["label"], "the label in image_name", given.place)
    return pd.concat([table[["sample_id", "label", "fold"]], table[["image_name"]], numbers], axis=1)


def read_kin(path: str | Path, known: Sequence[str]) -> dict[str, str]:
    """Kin group of each image that has one: images of one person or family.

    Capitals and an ending of a name do not count.

    Lines with an image in common are one group; it is named after its first image. Names not `known` are left out, with
    a warning.

    Parameters
    ----------
    path : path
        Text with one group a line, image names separated by commas, mostly quoted; `#` opens a comment.
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
    group: dict[str, str] = {}
    spelled = {form(name): name for form in (without_case, clean) for name in known}
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        names = [clean(clean(name).strip("'\"‘’“”`´")) for name in re.split("[,;\t]", line.split("#")[0])]
        names = [spelled.get(name) or spelled.get(without_case(Path(name).stem), name) for name in names if name]
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
        remark(
            f"{path}: {len(gone)} names are not in the cohort; the first: {gone[0]}; {nearest(gone[0], known)}", True
        )
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
    if images and not os.path.isdir(images):
        raise InputError(f"{images}: no such folder (config key 'cohort.nih_faces.images')")
    table = read_partitions(partitions)
    kin = read_kin(related, table["sample_id"])
    table["image"] = find_photos(table["image_name"], images, str(partitions)) if images else table["image_name"]
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
