"""Reader of clinicians' HPO ratings as they come: one CSV per syndrome, each with the terms of its own list."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.hand_tables import HandTable, read_hand_table
from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.core.remarks import remark, shortened
from gestalt_regions.hpo.facial_terms import FacialTerms, rated_terms

log = logging.getLogger("gestalt_regions")

NOTES = ["file", "image", "kind", "text"]
_IMAGE_COLUMNS = ("image_num", "image_name")
_OTHER_NAMES = ("image", "file", "filename", "sample_id")  # of image_name
_RATING = re.compile(r"([0-3])(?:[.,]0+)?\s*x?", re.IGNORECASE)


def raters_of(text: str) -> int | None:
    """Read how many raters saw a term.

    Parameters
    ----------
    text : str
        `2`, `2X` or `2.0`; nothing is 0.

    Returns
    -------
    int or None
        0 to 3; None for anything else.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    raters = _RATING.fullmatch(text)
    return int(raters[1]) if raters else (0 if text == "" else None)


def count_raters(table: HandTable, column: str) -> pd.Series:
    """Read a column of ratings.

    Parameters
    ----------
    table : HandTable
        The table.
    column : str
        A term's column.

    Returns
    -------
    Series
        0 to 3 raters, for each row.

    Raises
    ------
    InputError
        For a cell that is no number of raters; it names the line.
    """
    cells = table.rows[column]
    values = cells.map(raters_of)
    if values.isna().any():
        row = int(values.isna().to_numpy().argmax())
        raise table.error(
            row,
            f"'{column}' is '{shortened(cells[row])}'; give the number of raters who saw it, 0 to 3 (2 or 2X; of one "
            "rater: 1 for yes, 0 for no), or leave the cell empty for 0",
        )
    return values.astype(int)


def read_counts(
    path: str | Path, terms: FacialTerms, other_names: Sequence[str] = ()
) -> tuple[HandTable, pd.DataFrame]:
    """Read a table of annotations: one row for each sample, one column for each term.

    Parameters
    ----------
    path : path
        Table with sample_id and one column per term (as FacialTerms.take), cells as `raters_of`.
    terms : FacialTerms
        The terms that columns may mean.
    other_names : sequence of str
        What the column sample_id may be called besides.

    Returns
    -------
    tuple of (HandTable, DataFrame)
        The table as it is; and sample_id with, for each term that has a column, 0 to 3 raters.

    Raises
    ------
    InputError
        For a column that means no term or the same as another, or a cell that is no number of raters.
    """
    table = read_hand_table(path, ["sample_id"], {"sample_id": other_names})
    columns = terms.read_as(path, table.rows.columns.drop("sample_id"))
    counts = {term: count_raters(table, column) for column, term in columns.items()}
    if empty := int((table.rows[list(columns)] == "").to_numpy().sum()):
        remark(f"{path}: {empty} empty cells count as 0 raters", warning=True)
    return table, pd.DataFrame({"sample_id": table.rows["sample_id"], **counts})


def _is_free_text(column: pd.Series, terms: FacialTerms) -> bool:
    """A last column is free text if its name is no term and its cells are not all ratings (empty ones aside)."""
    filled = column[column != ""]
    try:
        terms.take(str(column.name))
    except InputError:
        return filled.empty or filled.map(raters_of).isna().any()
    return False


def read_ratings(path: str | Path, terms: FacialTerms) -> tuple[pd.DataFrame, pd.Series]:
    """Read one syndrome's file of ratings.

    Parameters
    ----------
    path : path
        CSV with image_name, optionally image_num, one column per term (as FacialTerms.take) with `1X`, `2X`, `3X`
        (raters who saw it) or nothing, and optionally a last column of free text under any name.
    terms : FacialTerms
        The terms that columns may mean.

    Returns
    -------
    tuple of (DataFrame, Series)
        image_name and one column 0..3 per term of this file; and the free text of each row.

    Raises
    ------
    InputError
        For a column that means no term or the same as another, an image given twice, or another value.
    """
    given = read_hand_table(path, ["image_name"], {"image_name": _OTHER_NAMES, "image_num": ()})
    table = given.rows
    free = pd.Series("", table.index)
    columns = [c for c in table.columns if c not in _IMAGE_COLUMNS]
    if columns and columns[-1] == table.columns[-1] and _is_free_text(table[columns[-1]], terms):
        free = table[columns.pop()]
    ratings = table[["image_name"]].copy()
    for column, term in terms.read_as(path, columns).items():
        ratings[term] = count_raters(given, column)
    repeated = ratings.loc[ratings["image_name"].duplicated(), "image_name"]
    if len(repeated):
        raise InputError(f"{path}: image '{repeated.iloc[0]}' is rated twice; keep one row")
    return ratings, free


def read_hpo_files(
    paths: Sequence[str | Path], samples: pd.DataFrame, hpo_terms: str | Path, ontology: str | Path = ""
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read all files of ratings together.

    Parameters
    ----------
    paths : sequence of path
        One file per syndrome.
    samples : DataFrame
        sample_id (image name without suffix) and split.
    hpo_terms : path
        As for `read_terms`.
    ontology : path
        The ontology's terms.csv, if it is here: a refusal then says more. "" for none.

    Returns
    -------
    tuple of DataFrame
        annotations: sample_id, in the order of `samples`, and one column 0..3 for every term of Table 1 and every other
        that was rated; a term that is not on a syndrome's list counts 0 there. notes: NOTES, one row for each rated
        image that is not in the cohort (kind `not_in_cohort`) and for each free text (`free_text`).

    Raises
    ------
    InputError
        As `read_ratings`, and for an image rated in two files or not held out.
    """
    known = FacialTerms(hpo_terms, ontology)
    splits = dict(zip(samples["sample_id"], samples["split"], strict=True))
    parts: list[pd.DataFrame] = []
    notes: list[dict[str, str]] = []
    source: dict[str, str] = {}
    for path in paths:
        ratings, free = read_ratings(path, known)
        file = Path(path).name
        kept = []
        for image, text in zip(ratings["image_name"], free, strict=True):
            sample = Path(image).stem
            kept.append(sample in splits)
            if not kept[-1]:
                notes.append({"file": file, "image": image, "kind": "not_in_cohort", "text": text})
                continue
            if sample in source:
                raise InputError(f"{path}: image '{image}' is rated in {source[sample]} too; keep one")
            if splits[sample] != "heldout":
                raise InputError(f"{path}: '{image}' is rated but not held out: a fold's model trains on it")
            source[sample] = file
            if text:
                notes.append({"file": file, "image": image, "kind": "free_text", "text": text})
        part = ratings.loc[kept].rename(columns={"image_name": "sample_id"})
        part["sample_id"] = part["sample_id"].map(lambda name: Path(name).stem)
        parts.append(part)
        log.info("%s: %d images, %d terms, %d not in the cohort", file, len(part), part.shape[1] - 1, kept.count(False))
    terms = rated_terms(known.table, (column for part in parts for column in part))
    whole = pd.concat([pd.DataFrame({"sample_id": pd.Series(dtype=str)}), *parts]).set_index("sample_id")
    order = [sample for sample in samples["sample_id"] if sample in source]
    annotations = whole.reindex(index=order, columns=terms).fillna(0).astype(int).rename_axis("sample_id").reset_index()
    return annotations, pd.DataFrame(notes, columns=NOTES)


def write_annotations(
    files: Sequence[str | Path],
    *,
    labels: str | Path,
    hpo_terms: str | Path,
    annotations_out: str | Path,
    notes_out: str | Path,
) -> None:
    """Write the ratings of all files, and say what is not rated or not in the cohort.

    Parameters
    ----------
    files : sequence of path
        One file per syndrome.
    labels : path
        The cohort's table with sample_id, label and split.
    hpo_terms : path
        As for `read_terms`.
    annotations_out : path
        Output: hpo_annotations.csv of `read_hpo_files`.
    notes_out : path
        Output: hpo_notes.csv of `read_hpo_files`.
    """
    text = ["sample_id", "label", "split"]
    samples = read_table(labels, text, strings=text)
    rated, notes = read_hpo_files(files, samples, hpo_terms)
    held = samples[samples["split"] == "heldout"]
    log.info("%d images, %d held out, %d of these rated", len(samples), len(held), len(rated))
    for label, count in held.loc[~held["sample_id"].isin(rated["sample_id"]), "label"].value_counts().items():
        log.warning("%d held-out images of %s have no HPO ratings", count, label)
    for row in notes[notes["kind"] == "not_in_cohort"].itertuples():
        log.warning("%s: %s is not in the cohort and is left out", row.file, row.image)
    write_table(rated, annotations_out)
    write_table(notes, notes_out)
