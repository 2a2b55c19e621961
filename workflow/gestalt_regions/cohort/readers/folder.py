"""Cohort reader for a folder of images and a table: checked, completed and written as samples.csv."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path

import pandas as pd

from gestalt_regions.cohort.readers.reader_registry import COLUMNS, Files, Settings, reader
from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_table
from gestalt_regions.hpo.ratings import rated_terms, read_terms

log = logging.getLogger("gestalt_regions")

SPLITS = ("folds", "heldout")
MAX_RATERS = 3
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def _line(row: int) -> str:
    return f"line {row + 2}"  # line 1 is the header


def _first(table: pd.DataFrame, bad: pd.Series) -> int | None:
    return int(bad.to_numpy().argmax()) if len(table) and bad.any() else None


def _repeated(path: str | Path, values: pd.Series, what: str, advice: str) -> None:
    """InputError that names the first two lines with an equal value, capitals aside (file systems may ignore them)."""
    keys = values.str.casefold()
    second = _first(values.to_frame(), keys.duplicated())
    if second is not None:
        first = int((keys == keys.iloc[second]).to_numpy().argmax())
        raise InputError(
            f"{path}: {_line(first)} and {_line(second)} have the same {what} '{values.iloc[second]}'; {advice}"
        )


def _place(folder: Path, name: str) -> str:
    """The absolute path of an image; InputError if it is not below `folder` (links inside the folder are followed)."""
    place = os.path.normpath(folder / name)
    if os.path.commonpath([place, folder]) != str(folder) or place == str(folder):
        raise InputError(f"image '{name}' is outside the folder {folder}; give paths relative to it, without ..")
    return place


def read_samples(table: str | Path, images: str | Path) -> pd.DataFrame:
    """Read and check the samples of a folder cohort, in the order of its table.

    A missing image file is no error here: the faces stage excludes it with its reason.

    Parameters
    ----------
    table : path
        CSV with columns image (relative to the folder `images`) and label; optional sample_id (default: the file's name
        without suffix), subject_id (default: sample_id), kin_group (default: subject_id), split (folds or heldout,
        default folds), simulated (true or false, default false); all other columns are attributes and are kept.
    images : path
        The folder of the photographs.

    Returns
    -------
    DataFrame
        COLUMNS, then the attributes.

    Raises
    ------
    InputError
        For a missing folder or column, an empty cell, a repeated sample or image, an unsafe sample_id, an unknown
        split, or an image outside the folder.
    """
    folder = Path(os.path.abspath(images))
    if not folder.is_dir():
        raise InputError(f"{images}: no such folder (config key 'cohort.folder.images')")
    samples = read_table(table, ["image", "label"], strings=COLUMNS)
    if samples.empty:
        raise InputError(f"{table}: no rows")
    given = [c for c in COLUMNS if c in samples.columns]
    samples[given] = samples[given].apply(lambda column: column.str.strip())
    for column in ("image", "label"):
        empty = _first(samples, samples[column] == "")
        if empty is not None:
            raise InputError(f"{table}: {_line(empty)} has no {column}")
    names = samples["image"]
    try:
        samples["image"] = [_place(folder, name) for name in names]
    except InputError as error:
        raise InputError(f"{table}: {error}") from None
    _complete(samples, names)
    _check_values(table, samples)
    samples["simulated"] = samples["simulated"] == "true"
    gone = [path for path in samples["image"] if not Path(path).is_file()]
    if gone:
        log.warning(
            "%d of %d images are not there and will be excluded; the first: %s", len(gone), len(samples), gone[0]
        )
    log.info("labels: %s", ", ".join(f"{name} {count}" for name, count in samples["label"].value_counts().items()))
    return samples[COLUMNS + [c for c in samples.columns if c not in COLUMNS]]


def _complete(samples: pd.DataFrame, names: pd.Series) -> None:
    """Fill what the table leaves open: an empty cell takes the default, as does a missing column."""
    stem = names.map(
        lambda name: re.sub(r"^[^A-Za-z0-9]+|[^A-Za-z0-9._-]+", "_", Path(name).stem).lstrip("_") or "image"
    )
    for column, default in (
        ("sample_id", stem),
        ("subject_id", "sample_id"),
        ("kin_group", "subject_id"),
        ("split", pd.Series("folds", samples.index)),
        ("simulated", pd.Series("false", samples.index)),
    ):
        default = samples[default] if isinstance(default, str) else default
        samples[column] = samples[column].where(samples[column] != "", default) if column in samples else default


def _check_values(table: str | Path, samples: pd.DataFrame) -> None:
    """InputError for a repeated or unsafe name, and for an unknown split; split and simulated become lower case."""
    _repeated(table, samples["image"], "image", "list each image once")
    _repeated(table, samples["sample_id"], "sample_id", "give each row its own in a column sample_id")
    row = _first(samples, ~samples["sample_id"].map(lambda name: bool(_SAFE.fullmatch(name))))
    if row is not None:
        raise InputError(
            f"{table}: {_line(row)}: sample_id '{samples['sample_id'][row]}' may only have letters A-Z a-z, digits "
            "and . _ -, start with a letter or digit, and be at most 128 characters long"
        )
    for column, allowed in (("split", SPLITS), ("simulated", ("false", "true"))):
        samples[column] = samples[column].str.lower()
        row = _first(samples, ~samples[column].isin(allowed))
        if row is not None:
            value = samples[column][row]
            raise InputError(f"{table}: {_line(row)}: {column} is '{value}'; {nearest(value, allowed)}")


def read_annotations(path: str | Path, samples: pd.DataFrame, hpo_terms: str | Path) -> pd.DataFrame:
    """Annotations of held-out samples: how many of 3 raters saw each term.

    Terms without a column were not asked and count 0, with a warning.

    Parameters
    ----------
    path : path or ""
        CSV with sample_id and any of the terms of hpo_terms.csv as columns; "" for none.
    samples : DataFrame
        The cohort's samples: sample_id, split.
    hpo_terms : path
        resources/hpo_terms.csv.

    Returns
    -------
    DataFrame
        sample_id and for each term of Table 1, and each other that has a column, the number of raters.

    Raises
    ------
    InputError
        For an unknown term or sample, a sample that is not held out, or a value that is not a whole number 0..3.
    """
    known = read_terms(hpo_terms)
    terms = known["term"].tolist()
    if not path:
        return pd.DataFrame(columns=["sample_id", *rated_terms(known, [])])
    table = read_table(path, ["sample_id"], strings=["sample_id"])
    for column in table.columns.drop("sample_id"):
        if column not in terms:
            raise InputError(f"{path}: column '{column}' is not a term of {hpo_terms}; {nearest(column, terms)}")
    _repeated(path, table["sample_id"], "sample_id", "annotate each sample once")
    splits = samples.set_index("sample_id")["split"]
    for at, sample in enumerate(table["sample_id"]):
        if sample not in splits:
            raise InputError(
                f"{path}: {_line(at)}: no sample '{sample}' in the cohort; {nearest(sample, splits.index)}"
            )
        if splits[sample] != "heldout":
            raise InputError(
                f"{path}: {_line(at)}: '{sample}' is annotated but not held out; set its split to heldout in the "
                "cohort's table (annotated samples are explained by every fold's model, so none may train on them)"
            )
    for term in table.columns.drop("sample_id"):
        values = pd.to_numeric(table[term], errors="coerce")
        row = _first(table, ~values.isin(range(MAX_RATERS + 1)))
        if row is not None:
            raise InputError(
                f"{path}: {_line(row)}: '{term}' is '{table[term][row]}'; give the number of raters who saw it, "
                f"0 to {MAX_RATERS}"
            )
        table[term] = values.astype(int)
    terms = rated_terms(known, table.columns)
    absent = [term for term in terms if term not in table.columns]
    if absent:
        log.warning("%d terms have no column and count as 0: %s", len(absent), ", ".join(absent))
    return table.reindex(columns=["sample_id", *terms], fill_value=0)


def _labels(settings: Settings) -> pd.DataFrame:
    """Label and split as the table has them, unchecked."""
    table = pd.read_csv(settings["table"], dtype=str, encoding="utf-8-sig")
    heldout = table["split"] == "heldout" if "split" in table else table["label"].isna()
    return pd.DataFrame({"label": table["label"], "split": heldout.map({True: "heldout", False: "folds"})})


_NEEDED = "a folder cohort needs its images and its table"


@reader(
    "folder",
    place=1,
    description="reads your own photos and table",
    settings={
        "images": "Folder of photos.",
        "table": "CSV with one row per photo.",
        "annotations": "CSV of HPO annotations of held-out photos: sample_id and one column per term, 0 to 3 raters; "
        "empty if none.",
    },
    required={"images": _NEEDED, "table": _NEEDED},
    files=lambda settings: {"table": settings["table"], "annotations": settings["annotations"]},
    labels=_labels,
)
def read_folder(files: Files, settings: Settings) -> pd.DataFrame:
    """samples.csv of a folder of photographs and its table.

    Parameters
    ----------
    files : mapping
        `table`; see `read_samples`.
    settings : mapping
        Config cohort.folder.

    Returns
    -------
    DataFrame
        The samples in the order of the table.
    """
    return read_samples(str(files["table"]), settings["images"])
