"""Cohort reader for a folder of images and a table: checked, completed and written as samples.csv."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from gestalt_regions.cohort.age_and_sex import UNKNOWN, read_ages, read_sexes
from gestalt_regions.cohort.column_names import NAMES, warn_of_unread
from gestalt_regions.cohort.photo_folder import find_photos
from gestalt_regions.cohort.readers.reader_registry import COLUMNS, Files, Settings, reader
from gestalt_regions.cohort.same_names import checked_cells, checked_labels, tied_names
from gestalt_regions.cohort.sample_names import SAFE, sample_names
from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.hand_tables import NUMBER, HandTable, matches, read_hand_table
from gestalt_regions.core.remarks import remark, shortened
from gestalt_regions.core.spelling import clean, clean_names, without_case
from gestalt_regions.hpo.facial_terms import FacialTerms, rated_terms
from gestalt_regions.hpo.ratings import read_counts

SPLITS = ("folds", "heldout")


def _repeated(table: HandTable, values: pd.Series, what: str, advice: str) -> None:
    """InputError that names the first two lines with an equal value, capitals aside (file systems may ignore them)."""
    keys = values.map(without_case)
    if not (again := keys.duplicated()).any():
        return
    second = int(again.to_numpy().argmax())
    first = int((keys == keys.iloc[second]).to_numpy().argmax())
    raise InputError(
        f"{table.path}: line {table.lines[first]} and line {table.lines[second]} have the same {what} "
        f"'{values.iloc[second]}'; {advice}"
    )


def _read_rows(path: str | Path) -> HandTable:
    """The table with its image and label in every row; InputError where one is empty."""
    table = read_hand_table(path, ["image", "label"], NAMES)
    if table.rows.empty:
        raise InputError(f"{path}: no rows below the names of the columns")
    for column in ("image", "label"):
        if (empty := table.rows[column] == "").any():
            raise InputError(f"{path}: {table.lines_where(empty)}: no {column}")
    return table


def read_samples(table: str | Path, images: str | Path) -> pd.DataFrame:
    """Read and check the samples of a folder cohort, in the order of its table.

    A missing image file is no error here: the faces stage excludes it with its reason.

    Parameters
    ----------
    table : path
        A table (`read_hand_table`) with columns image (relative to the folder `images`) and label; optional sample_id
        (default: made of the file's name), subject_id (default: sample_id), kin_group (default: subject_id), split
        (folds or heldout, default folds), simulated (true or false, default false), age and sex; other names of these
        are known too (`column_names`). All other columns are attributes and are kept.
    images : path
        The folder of the photographs.

    Returns
    -------
    DataFrame
        COLUMNS, then the attributes.

    Raises
    ------
    InputError
        For a file in place of the folder, a missing column, an empty cell, a repeated sample or image, an unsafe
        sample_id, an unknown split, an image outside the folder, names that differ in form only, and an age or sex that
        is none.
    """
    if os.path.exists(images) and not os.path.isdir(images):
        raise InputError(f"{images}: no folder (config key 'cohort.folder.images')")
    given = _read_rows(table)
    rows = given.rows
    samples = pd.DataFrame({"image": find_photos(rows["image"], images, str(given.path), given.lines)}, dtype=str)
    samples["label"] = checked_labels(rows["label"], given.titles["label"], given.place)
    _warn_of_unknown(given, samples["label"], "label")
    empty = pd.Series("", rows.index, dtype=str)
    ids = rows["sample_id"] if "sample_id" in rows else empty
    samples["sample_id"] = sample_names(rows["image"], checked_cells(ids, "sample_id", given.place), str(given.path))
    default = samples["sample_id"]
    for column in ("subject_id", "kin_group"):
        names = tied_names(rows[column], given.titles[column], given.place) if column in rows else empty
        _warn_of_unknown(given, names, column)
        samples[column] = default = names.where(names != "", default)
    samples["split"] = _words(given, "split", SPLITS, "folds")
    samples["simulated"] = _words(given, "simulated", ("false", "true"), "false") == "true"
    _repeated(given, samples["image"], "image", "list each image once")
    _repeated(given, samples["sample_id"], "sample_id", "give each row its own in a column sample_id")
    unsafe = [row for row, name in enumerate(samples["sample_id"]) if not SAFE.fullmatch(name)]
    if unsafe:
        row = unsafe[0]
        raise given.error(
            row,
            f"sample_id '{samples['sample_id'][row]}' may only have letters A-Z a-z, digits and . _ -, start with a "
            "letter or digit, and be at most 128 characters long",
        )
    warn_of_unread(given)
    return pd.concat([samples[COLUMNS], _attributes(given)], axis=1)


def _warn_of_unknown(table: HandTable, names: pd.Series, column: str) -> None:
    """Say which classes, and which persons or families of several rows, are called NA, unknown or the like."""
    words = names[(names != "") & names.str.casefold().isin(UNKNOWN)]
    advice = "is taken for the name of one; leave the cell empty where it is unknown"
    if column == "label":
        advice = "is taken for a class; remove the rows if their class is unknown"
    for name in (words if column == "label" else words[words.duplicated()]).unique():
        remark(
            f"{table.path}: {table.titles[column]} '{name}' ({table.lines_where(names == name)}) {advice}",
            warning=True,
        )


def _words(table: HandTable, column: str, allowed: tuple[str, str], default: str) -> pd.Series:
    """A column of few words, in lower case; an empty cell takes the default, as does a missing column."""
    if column not in table.rows:
        return pd.Series(default, table.rows.index, dtype=str)
    words = table.rows[column].str.lower().replace("", default)
    if column == "simulated":
        words = words.replace({"1": "true", "yes": "true", "0": "false", "no": "false"})
    if (unknown := ~words.isin(allowed)).any():
        row = int(unknown.to_numpy().argmax())
        sides = "; folds are trained on and judged in turn, heldout are never trained on" if column == "split" else ""
        title = table.titles[column]
        if title != column:
            sides += f". If the column {title} is no {column}, call it otherwise"
        raise table.error(row, f"{title} is '{shortened(words[row])}'; {nearest(words[row], allowed)}{sides}")
    return words


def _attribute(table: HandTable, column: str) -> pd.Series:
    """A column as it is; where all else are numbers, and of ancestry, words such as NA and unknown are empty cells."""
    text = table.rows[column]
    words = text.str.casefold().isin(UNKNOWN) & (text != "")
    filled = text[(text != "") & ~words]
    if words.any() and (column == "ancestry" or (len(filled) and matches(filled, NUMBER).all())):
        remark(
            f"{table.path}: {table.titles[column]}: '{text[words].iloc[0]}' is taken as unknown "
            f"({table.lines_where(words)})"
        )
        table.rows[column] = text.mask(words, "")
    return table.with_points(column)


def _attributes(table: HandTable) -> pd.DataFrame:
    """What else the table says of each photograph: age in years, sex in words, all others as they are."""
    made = {"age": read_ages(table), "sex": read_sexes(table)}
    columns: dict[str, pd.Series] = {}
    for column in table.rows.columns.drop([*COLUMNS, "age_months"], errors="ignore"):
        columns[column] = made[column] if column in made else _attribute(table, column)
    if "age" not in columns and made["age"] is not None:
        columns["age"] = made["age"]
    if "fold" in columns:
        columns["fold"] = clean_names(columns["fold"])
    return pd.DataFrame(columns, index=table.rows.index)


def read_annotations(
    path: str | Path, samples: pd.DataFrame, hpo_terms: str | Path, ontology: str | Path = ""
) -> pd.DataFrame:
    """Annotations of held-out samples: how many of 3 raters saw each term.

    Terms without a column were not asked and count 0, with a warning.

    Parameters
    ----------
    path : path or ""
        As `read_counts`; "" for none.
    samples : DataFrame
        The cohort's samples: sample_id, split.
    hpo_terms : path
        resources/hpo_terms.csv.
    ontology : path
        The ontology's terms.csv, if it is here: a refusal then says more. "" for none.

    Returns
    -------
    DataFrame
        sample_id and for each term of Table 1, and each other that has a column, the number of raters.

    Raises
    ------
    InputError
        As `read_counts`, and for a sample that is unknown, annotated twice or not held out.
    """
    known = FacialTerms(hpo_terms, ontology)
    if not path:
        return pd.DataFrame(columns=["sample_id", *rated_terms(known.table, [])])
    given, table = read_counts(path, known, NAMES["sample_id"])
    splits = samples.set_index("sample_id")["split"]
    table["sample_id"] = _known_samples(given, samples)
    _repeated(given, table["sample_id"], "sample_id", "annotate each sample once")
    for row, sample in enumerate(table["sample_id"]):
        if splits[sample] != "heldout":
            raise given.error(
                row,
                f"'{sample}' is annotated but not held out; set its split to heldout in the cohort's table (annotated "
                "samples are explained by every fold's model, so none may train on them)",
            )
    terms = rated_terms(known.table, table.columns)
    absent = [term for term in terms if term not in table.columns]
    if absent:
        named = ", ".join(absent[:5]) + (f" and {len(absent) - 5} more" if len(absent) > 5 else "")
        remark(f"{path}: {len(absent)} terms have no column and count as 0: {named}", warning=True)
    return table.reindex(columns=["sample_id", *terms], fill_value=0)


def _known_samples(table: HandTable, samples: pd.DataFrame) -> pd.Series:
    """The samples that a table names by sample_id or by file; InputError for one that is not in the cohort."""
    names, known = clean_names(table.rows["sample_id"]), samples["sample_id"]
    files = samples["image"].map(os.path.basename) if "image" in samples else known
    other: dict[str, str] = {}
    for file, name in zip(files, known, strict=True):
        for each in (name, clean(file), os.path.splitext(clean(file))[0]):
            other.setdefault(each, name)
            other.setdefault(without_case(each), name)
    other |= dict(zip(known, known, strict=True))
    spelled = {name: other.get(name, other.get(without_case(name))) for name in names}
    for row, name in enumerate(names):
        if spelled[name] is None:
            raise table.error(row, f"no sample '{name}' in the cohort; {nearest(name, known)}")
    return names.map(spelled)


def _labels(settings: Settings) -> pd.DataFrame:
    """Label and split as the table has them."""
    table = _read_rows(settings["table"])
    labels = checked_labels(table.rows["label"], table.titles["label"], table.place)
    return pd.DataFrame({"label": labels, "split": _words(table, "split", SPLITS, "folds")})


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
