"""Reader of clinicians' HPO ratings as they come: one CSV per syndrome, each with the terms of its own list."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.hand_tables import read_hand_table
from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.hpo.ontology import Ontology, normalised

log = logging.getLogger("gestalt_regions")

COLUMNS = ["term", "hpo_id", "region", "table1", "inexpressible", "synonyms"]
NOTES = ["file", "image", "kind", "text"]
_IMAGE_COLUMNS = ("image_num", "image_name")
_OTHER_NAMES = ("image", "file", "filename", "sample_id")  # of image_name
_RATING = re.compile(r"([1-3])\s*x", re.IGNORECASE)
TERM_REGIONS = ("overall", "ears", "eyes", "nose", "mouth", "forehead", "hair", "chin")


def read_terms(path: str | Path) -> pd.DataFrame:
    """Read resources/hpo_terms.csv.

    Parameters
    ----------
    path : path
        CSV with term, hpo_id, region, and optionally table1 (`yes`: one of the paper's 50), inexpressible (why no
        simulated face shows the term, or nothing) and synonyms (separated by `;`).

    Returns
    -------
    DataFrame
        COLUMNS, one row per term.

    Raises
    ------
    InputError
        For a term given twice, or a cell of table1 that is neither yes nor no.
    """
    table = read_table(path, ["term"], strings=COLUMNS)
    table = table.assign(**{c: "yes" if c == "table1" else "" for c in COLUMNS if c not in table})
    if len(repeated := table.loc[table["term"].duplicated(), "term"]):
        raise InputError(f"{path}: term '{repeated.iloc[0]}' is listed twice")
    for row, value in enumerate(table["table1"]):
        if value not in ("yes", "no"):
            raise InputError(f"{path}: line {row + 2}: table1 is '{value}'; write yes or no")
    return table[COLUMNS]


def rated_terms(terms: pd.DataFrame, rated: Iterable[str]) -> list[str]:
    """List the terms of an annotation table: the 50 of Table 1, and of the others those that were rated.

    Parameters
    ----------
    terms : DataFrame
        From `read_terms`.
    rated : iterable of str
        Terms that were rated.

    Returns
    -------
    list of str
        Terms in the order of `terms`.
    """
    return terms.loc[(terms["table1"] == "yes") | terms["term"].isin(set(rated)), "term"].tolist()


def term_lookup(hpo_terms: str | Path, ontology: str | Path = "") -> dict[str, str]:
    """List every spelling of every term.

    Parameters
    ----------
    hpo_terms : path
        As for `read_terms`; hpo_id and synonyms are spellings too.
    ontology : path
        The ontology's terms.csv, or "" for none. Its names, exact synonyms and other ids of these terms are spellings
        as well, but the committed table comes first.

    Returns
    -------
    dict
        Spelling, normalised -> the term as resources/hpo_terms.csv writes it.

    Raises
    ------
    InputError
        If one spelling means two terms.
    """
    table = read_terms(hpo_terms)
    lookup: dict[str, str] = {}
    for term, hpo_id, synonyms in table[["term", "hpo_id", "synonyms"]].itertuples(index=False):
        for name in filter(str.strip, (term, hpo_id, *synonyms.split(";"))):
            if lookup.setdefault(normalised(name), term) != term:
                raise InputError(f"{hpo_terms}: '{name.strip()}' means both '{lookup[normalised(name)]}' and '{term}'")
    if ontology:
        known = Ontology(ontology)
        for term, hpo_id in zip(table["term"], table["hpo_id"], strict=True):
            for name in known.spellings(hpo_id):
                lookup.setdefault(normalised(name), term)
    return lookup


def _rating(text: str) -> int | None:
    """Raters who saw a term: `2X` is 2, an empty cell 0; None for anything else."""
    raters = _RATING.fullmatch(text)
    return int(raters[1]) if raters else (0 if text == "" else None)


def _is_free_text(column: pd.Series, lookup: Mapping[str, str]) -> bool:
    """A last column is free text if its name is no term and its cells are not all ratings (empty ones aside)."""
    filled = column[column != ""]
    return normalised(column.name) not in lookup and (filled.empty or filled.map(_rating).isna().any())


def read_ratings(path: str | Path, lookup: Mapping[str, str]) -> tuple[pd.DataFrame, pd.Series]:
    """Read one syndrome's file of ratings.

    Parameters
    ----------
    path : path
        CSV with image_name, optionally image_num, one column per term holding `1X`, `2X`, `3X` (raters who saw it) or
        nothing, and optionally a last column of free text under any name.
    lookup : mapping
        From `term_lookup`.

    Returns
    -------
    tuple of (DataFrame, Series)
        image_name and one column 0..3 per term of this file; and the free text of each row.

    Raises
    ------
    InputError
        For an unknown term (with the closest ones), a term or image given twice, or another value.
    """
    given = read_hand_table(path, ["image_name"], {"image_name": _OTHER_NAMES, "image_num": ()})
    table = given.rows
    free = pd.Series("", table.index)
    columns = [c for c in table.columns if c not in _IMAGE_COLUMNS]
    if columns and columns[-1] == table.columns[-1] and _is_free_text(table[columns[-1]], lookup):
        free = table[columns.pop()]
    ratings = table[["image_name"]].copy()
    for column in columns:
        term = lookup.get(normalised(column))
        if term is None:
            close = nearest(column.strip(), dict.fromkeys(lookup.values()))
            raise InputError(f"{path}: column '{column}' is no term or synonym of the HPO term table; {close}")
        if term in ratings:
            raise InputError(f"{path}: two columns mean '{term}'; keep one")
        values = table[column].map(_rating)
        if values.isna().any():
            row = int(values.isna().to_numpy().argmax())
            raise given.error(
                row,
                f"'{column}' is '{table[column][row]}'; give 1X, 2X or 3X, the number of raters who saw the term, or "
                "nothing",
            )
        ratings[term] = values.astype(int)
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
        As for `term_lookup`.

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
    lookup = term_lookup(hpo_terms, ontology)
    splits = dict(zip(samples["sample_id"], samples["split"], strict=True))
    parts: list[pd.DataFrame] = []
    notes: list[dict[str, str]] = []
    source: dict[str, str] = {}
    for path in paths:
        ratings, free = read_ratings(path, lookup)
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
    terms = rated_terms(read_terms(hpo_terms), (column for part in parts for column in part))
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
    ontology: str | Path = "",
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
    ontology : path
        As for `term_lookup`.
    """
    text = ["sample_id", "label", "split"]
    samples = read_table(labels, text, strings=text)
    rated, notes = read_hpo_files(files, samples, hpo_terms, ontology)
    held = samples[samples["split"] == "heldout"]
    log.info("%d images, %d held out, %d of these rated", len(samples), len(held), len(rated))
    for label, count in held.loc[~held["sample_id"].isin(rated["sample_id"]), "label"].value_counts().items():
        log.warning("%d held-out images of %s have no HPO ratings", count, label)
    for row in notes[notes["kind"] == "not_in_cohort"].itertuples():
        log.warning("%s: %s is not in the cohort and is left out", row.file, row.image)
    write_table(rated, annotations_out)
    write_table(notes, notes_out)
