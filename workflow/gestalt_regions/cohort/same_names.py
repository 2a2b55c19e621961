"""Persons, families and classes whose names are written in more than one way."""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.remarks import remark, shortened
from gestalt_regions.core.spelling import bare, clean, clean_names, without_case

_SHORTENED = re.compile(r"[+-]?\d(?:[.,]\d+)?E\+\d{2,}")
_SHEET_ERROR = re.compile(r"#(?:N/A|REF!|NAME\?|VALUE!|DIV/0!|NULL!|NUM!)|#{3,}")
SHOWN = 3  # pairs of spellings that are named


def _places(names: pd.Series, place: Callable[[int], str]) -> dict[str, str]:
    """Where each name stands first."""
    first = names[~names.duplicated()]
    return {name: place(row) for row, name in zip(first.index, first, strict=True)}


def _groups(names: list[str], form: Callable[[str], str]) -> list[list[str]]:
    """Names that are equal in a form, as far as there are several."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(form(name), []).append(name)
    return [group for group in groups.values() if len(group) > 1]


def checked_cells(names: pd.Series, what: str, place: Callable[[int], str]) -> pd.Series:
    """Names without what nobody sees (`spelling.clean_names`); a cell that is no name is refused.

    Parameters
    ----------
    names : Series
        Text; its index is what `place` takes.
    what : str
        The column.
    place : callable
        Says where a row is.

    Returns
    -------
    Series
        The names.

    Raises
    ------
    InputError
        For an error or a shortened number of a spreadsheet, and for a line end in a cell.
    """
    for name in names.unique():
        problem = ""
        if _SHEET_ERROR.fullmatch(name):
            problem = "an error of the spreadsheet"
        elif _SHORTENED.fullmatch(name):
            problem = "a long number that the spreadsheet shortened; write the column as text"
        elif not name.isprintable() and ("\n" in name or "\r" in name or not clean(name).isprintable()):
            problem = "no single line of text; is a quote missing?"
        if problem:
            row = names.index[int((names == name).to_numpy().argmax())]
            raise InputError(f"{place(row)}: {what} is '{shortened(name)}', {problem}")
    return clean_names(names)


def tied_names(names: pd.Series, what: str, place: Callable[[int], str]) -> pd.Series:
    """Names of persons or families, one spelling for each.

    Spellings that are surely one (blanks, composed letters, 11 and 11.0) are made equal. Those that differ in capitals
    are taken for one as well, with a warning: two persons of one such name do less harm than a person whom a network is
    trained on and judged by. Those that differ in leading zeros or in the sign between parts cannot be told.

    Parameters
    ----------
    names : Series
        Text; its index is what `place` takes.
    what : str
        The column.
    place : callable
        Says where a row is.

    Returns
    -------
    Series
        The names.

    Raises
    ------
    InputError
        For names that differ in leading zeros or signs only, and as `checked_cells`.
    """
    tied = checked_cells(names, what, place)
    counts = tied[tied != ""].value_counts(sort=False)
    alike = _groups(list(counts.index), without_case)
    if alike:
        places = _places(tied, place)
        spelled: dict[str, str] = {}
        for group in alike:
            usual = max(group, key=lambda name: counts[name])
            spelled |= dict.fromkeys(group, usual)
        pairs = [" and ".join(f"'{name}' ({places[name]})" for name in group[:2]) for group in alike[:SHOWN]]
        more = f", and {len(alike) - SHOWN} more" if len(alike) > SHOWN else ""
        remark(
            f"{what}: names that differ in capitals alone are taken for one: {'; '.join(pairs)}{more}. If they are "
            "two, give them names that differ in more",
            warning=True,
        )
        tied = tied.replace(spelled)
    if alike := _groups([name for name in tied.unique() if name], bare):
        places, (one, other, *_) = _places(tied, place), alike[0]
        raise InputError(
            f"{places[other]}: {what} is '{other}', but '{one}' in {places[one]}; they differ in form alone. Write one "
            "name in one way, or names of two in ways that differ in more"
        )
    return tied


def checked_labels(labels: pd.Series, what: str, place: Callable[[int], str]) -> pd.Series:
    """Names of classes, refused where two differ in form only.

    Parameters
    ----------
    labels : Series
        Text; its index is what `place` takes.
    what : str
        The column.
    place : callable
        Says where a row is.

    Returns
    -------
    Series
        The names, without what nobody sees.

    Raises
    ------
    InputError
        With both places.
    """
    cleaned = checked_cells(labels, what, place)
    counts = cleaned.value_counts(sort=False)
    if alike := _groups([name for name in cleaned.unique() if name], bare):
        places, (one, other, *_) = _places(cleaned, place), alike[0]
        raise InputError(
            f"{places[other]}: {what} is '{other}' ({counts[other]} images), but '{one}' ({counts[one]}) in "
            f"{places[one]}; they differ in form alone: write one class in one way"
        )
    return cleaned
