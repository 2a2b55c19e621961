"""Columns of a cohort's table, each with the other names that people give it, and columns that look like one."""

from __future__ import annotations

import re

import pandas as pd

from gestalt_regions.core.hand_tables import HandTable
from gestalt_regions.core.remarks import remark
from gestalt_regions.core.spelling import column_key

_OF_ID = ("id", "nr", "no", "num", "number", "nummer", "code", "name", "key", "identifier")


def _with_ids(*words: str) -> tuple[str, ...]:
    """Each word alone, before and behind `id`, and before the like of it."""
    return tuple(each for word in words for each in (word, f"id_{word}", *(f"{word}_{end}" for end in _OF_ID)))


PERSON = _with_ids("subject", "patient", "person", "individual", "participant", "proband", "paciente", "sujet")
FAMILY = (
    *_with_ids("family", "kin", "kindred", "pedigree", "familie", "famille", "familia"),
    "fam",
    "fam_id",
    "kinship",
    "family_group",
)
SEX = ("gender", "geschlecht", "sexe", "sexo")
AGE = ("age_year", "age_years", "age_yr", "age_yrs", "age_y", "age_in_years", "age_at_photo", "alter", "alter_jahre")
MONTHS = ("age_month", "age_in_months", "age_mo", "age_m", "alter_monate")
ANCESTRY = ("ethnicity", "ethnicity_category", "race")
NAMES = {
    "image": (
        *("file", "filename", "file_path", "path", "photo", "photograph", "picture", "img", "image_name", "image_path"),
        *("image_file", "image_filename", "photo_name", "photo_file", "foto", "bild", "datei", "dateiname"),
    ),
    "label": (
        *("class", "class_label", "diagnosis", "diagnose", "syndrome", "syndrom", "disorder", "disease", "condition"),
        *("category", "klasse", "target", "classe", "clase", "diagnostic", "diagnostico", "sindrome"),
    ),
    "sample_id": ("sample", "image_id", "photo_id", "picture_id"),
    "subject_id": PERSON,
    "kin_group": FAMILY,
    "split": ("set", "subset", "partition", "data_split", "dataset_split"),
    "fold": ("folds", "fold_nr", "fold_no", "fold_number"),
    "simulated": (),
    "age": AGE,
    "age_months": MONTHS,
    "sex": SEX,
    "ancestry": ANCESTRY,
}
# Words in the name of a column that may say who is who, or who is held out.
LIKELY = {
    "subject_id": {"subject", "patient", "person", "individual", "participant", "proband"},
    "kin_group": {"family", "kin", "pedigree", "kinship", "sibling", "siblings", "household", "familie", "twin"},
    "split": {"split", "partition", "heldout", "holdout", "testset", "trainset"},
    "age": {"age", "alter"},
    "sex": {"sex", "gender"},
}
MEANING = {
    "subject_id": "it says who is on a photograph",
    "kin_group": "it says which family a person is of",
    "split": "it says which photographs are held out",
    "age": "it is the age in years",
    "sex": "it is the sex",
}
_ANY_ID = {"id", "nr", "no", "name", "code", "key", "number", "nummer", "surname", "lastname", "initials", "mrn"}
_ID_WORDS = {"id", "ids", "nr", "no", "pat", "mrn", "record", "case", "identifier", "pseudonym"}
_SIDES = {"train", "training", "test", "testing", "val", "valid", "validation", "dev", "heldout", "holdout", "folds"}


def _words(title: str) -> set[str]:
    return {word.casefold() for word in re.findall(r"[^\W\d_]+?(?=[A-Z][a-z]|[\W\d_]|$)|[A-Z]+", title)}


def _rival(table: HandTable, name: str, rival: str) -> None:
    """Warn of a column that ties rows which the column taken for `name` tells apart; a split, of other sides."""
    rows = table.rows
    filled = rows[(rows[rival] != "") & (rows[name] != "")]
    if name == "split":
        filled = filled[filled[rival].str.lower().isin(("folds", "heldout"))]
    apart = filled.groupby(rival)[name].transform("nunique") > 1
    title = table.titles[name]
    if not apart.any():
        remark(f"{table.path}: the column {rival} is not read; {name} is taken from {title}")
        return
    value = filled.loc[apart, rival].iloc[0]
    lines = table.lines_where((rows[rival] == value) & (rows[name] != ""))
    remark(
        f"{table.path}: the column {rival} is not read, though rows that it ties have different values of {title} "
        f"('{value}': {lines}); keep the one that is {name}, and remove or rename the other",
        warning=True,
    )


def warn_of_unread(table: HandTable) -> None:
    """Say which columns are not read though they may say who is who, which side a photograph is on, age or sex.

    Parameters
    ----------
    table : HandTable
        Read with NAMES.
    """
    for name, meaning in MEANING.items():
        for rival in table.rivals.get(name, []) if name in table.rows else []:
            if name in ("subject_id", "kin_group", "split"):
                _rival(table, name, rival)
            else:
                remark(f"{table.path}: the column {rival} is not read; {name} is taken from {table.titles[name]}")
        if name in table.rows or (name == "age" and "age_months" in table.rows):
            continue
        for title in (title for title in table.rows if title not in NAMES and _words(title) & LIKELY[name]):
            remark(f"{table.path}: the column {title} is not read; if {meaning}, call it {name}", warning=True)
    _warn_of_sides(table)
    if "subject_id" in table.rows:
        return
    for title in (title for title in table.rows if title not in NAMES and _like_an_id(title)):
        values: pd.Series = table.rows[title]
        if values[values != ""].nunique() < (values != "").sum():
            remark(
                f"{table.path}: the column {title} is not read, and some rows have the same value; if it says who is "
                "on a photograph, call it subject_id",
                warning=True,
            )


def _like_an_id(title: str) -> bool:
    return column_key(title) in _ANY_ID or bool(_words(title) & _ID_WORDS)


def _warn_of_sides(table: HandTable) -> None:
    """Say which column that is not read holds sides of a split, whatever it is called."""
    if "split" in table.rows:
        return
    for title in (title for title in table.rows if title not in NAMES):
        values = {value.casefold() for value in table.rows[title].unique() if value}
        if len(values) > 1 and {re.sub(r"[\s_-]", "", value) for value in values} <= _SIDES:
            shown = ", ".join(sorted(values))
            remark(
                f"{table.path}: the column {title} is not read, though it holds {shown}; if it says which photographs "
                "are held out, call it split, and write folds or heldout",
                warning=True,
            )
