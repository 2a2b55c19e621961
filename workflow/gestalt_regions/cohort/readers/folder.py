"""Cohort reader for a folder of images and a table: checked, completed and written as samples.csv."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path

import pandas as pd

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.hpo.ratings import rated_terms, read_terms

log = logging.getLogger("gestalt_regions")

COLUMNS = ["sample_id", "image", "label", "subject_id", "kin_group", "split", "simulated"]
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


def samples_folder(
    table: str | Path,
    images: str | Path,
    annotations: str | Path,
    hpo_terms: str | Path,
    samples_out: str | Path,
    annotations_out: str | Path,
) -> None:
    """Write samples.csv and hpo_annotations.csv of a folder cohort; see `read_samples` and `read_annotations`.

    Parameters
    ----------
    table : path
        The cohort's table.
    images : path
        The folder of the photographs.
    annotations : path or ""
        The raters' table, if there is one.
    hpo_terms : path
        resources/hpo_terms.csv.
    samples_out, annotations_out : path
        Where the tables go.
    """
    samples = read_samples(table, images)
    annotated = read_annotations(annotations, samples, hpo_terms)
    write_table(samples, samples_out)
    write_table(annotated, annotations_out)
