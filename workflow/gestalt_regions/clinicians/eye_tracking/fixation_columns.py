"""Tables of fixations: columns found by their usual names, with the unit that a title states in brackets.

A file of samples has millions of rows: only the columns that are read are kept.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.remarks import shortened
from gestalt_regions.core.separated_text import SEPARATORS
from gestalt_regions.core.text_files import read_text

FIXATIONS = ["reader", "stimulus", "x", "y", "start", "duration", "frame", "group", "left_out"]
SCREEN, PICTURE, SHARE = "screen", "picture", "share"  # pixels of the screen, of the picture, shares of its sides
MILLISECONDS = {"ms": 1.0, "s": 1000.0, "us": 0.001, "µs": 0.001, "μs": 0.001}
_UNIT = re.compile(r"(.*?)\s*[\[(]([^\])]*)[\])]\s*")
MISSING = {"", ".", "-", "NA", "NaN", "nan"}

Names = Mapping[str, Sequence[str]]  # role -> keys of titles, the first that is there counts


def title_key(title: str) -> str:
    """Give what counts of a title: its letters and digits, without the unit in brackets.

    Parameters
    ----------
    title : str
        As it stands in the first line.

    Returns
    -------
    str
        `Fixation point X [DACS px]` becomes `fixationpointx`.
    """
    match = _UNIT.fullmatch(title)
    return re.sub(r"[^a-z0-9]", "", (match[1] if match else title).lower())


def title_unit(title: str) -> str:
    """Give the unit that a title states.

    Parameters
    ----------
    title : str
        As it stands in the first line.

    Returns
    -------
    str
        `DACS px` of `Fixation point X [DACS px]`; "" where there is none.
    """
    match = _UNIT.fullmatch(title)
    return match[2].strip() if match else ""


def read_columns(path: str | Path, names: Names, needed: Sequence[str]) -> tuple[pd.DataFrame, dict[str, str]]:
    """Read the columns of some roles.

    Parameters
    ----------
    path : path
        A text file in any usual encoding; its first line names the columns.
    names : mapping of str to sequence of str
        Role -> keys of titles (`title_key`), in the order of preference.
    needed : sequence of str
        Roles that must be there.

    Returns
    -------
    table : DataFrame
        A column of text for each role that is there.
    units : dict
        Role -> unit that its title states.

    Raises
    ------
    InputError
        For a file that is no such table.
    """
    text = read_text(path)
    first = text.split("\n", 1)[0].rstrip("\r")
    known = {key for keys in names.values() for key in keys}
    titles = {sign: [cell.strip().strip('"') for cell in first.split(sign)] for sign in SEPARATORS}
    sign = max(SEPARATORS, key=lambda each: (len({title_key(title) for title in titles[each]} & known), each == "\t"))
    keys = [title_key(title) for title in titles[sign]]
    places = {role: next((keys.index(key) for key in wanted if key in keys), -1) for role, wanted in names.items()}
    for role in needed:
        if places[role] < 0:
            raise InputError(
                f"{path}: no column for {role} (such as '{names[role][0]}'); its first line is "
                f"{shortened(', '.join(titles[sign]), 200)}"
            )
    chosen = {role: place for role, place in places.items() if place >= 0}
    try:
        table = pd.read_csv(
            io.StringIO(text),
            sep=sign,
            header=None,
            skiprows=1,
            names=range(len(keys)),
            usecols=sorted(set(chosen.values())),
            index_col=False,
            dtype=str,
            keep_default_na=False,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise InputError(f"{path}: not a readable table ({error})") from None
    columns = {role: table[place].fillna("").str.strip() for role, place in chosen.items()}
    return pd.DataFrame(columns), {role: title_unit(titles[sign][place]) for role, place in chosen.items()}


def numbers(column: pd.Series) -> pd.Series:
    """Read numbers with a decimal point or a decimal comma.

    Parameters
    ----------
    column : Series
        Text.

    Returns
    -------
    Series
        float64; NaN for an empty cell, a missing value, and what is no number.
    """
    text = column.where(~column.isin(MISSING), "").str.replace("\u2212", "-")
    text = text.where(text.str.contains(".", regex=False), text.str.replace(",", ".", regex=False))
    values = pd.to_numeric(text, errors="coerce").astype(float)
    return values.where(np.isfinite(values))


def milliseconds(column: pd.Series, unit: str) -> pd.Series:
    """Read times.

    Parameters
    ----------
    column : Series
        Text.
    unit : str
        Of its title; "" means milliseconds.

    Returns
    -------
    Series
        Milliseconds.
    """
    return numbers(column) * MILLISECONDS.get(unit.lower().removesuffix("."), 1.0)


def as_fixations(table: pd.DataFrame, units: Mapping[str, str], frame: str) -> pd.DataFrame:
    """Bring columns by role into the form that all readers of files share.

    Parameters
    ----------
    table : DataFrame
        Text: reader, stimulus, x, y, duration and, where they are there, start and group.
    units : mapping
        Role -> unit of its title.
    frame : str
        SCREEN, PICTURE or SHARE.

    Returns
    -------
    DataFrame
        FIXATIONS; left_out is "" or why the row cannot be used.
    """
    empty = pd.Series("", table.index, dtype=str)
    known = pd.DataFrame(
        {
            "reader": table["reader"],
            "stimulus": table["stimulus"].where(~table["stimulus"].isin(MISSING), ""),
            "x": numbers(table["x"]),
            "y": numbers(table["y"]),
            "start": milliseconds(table["start"], units.get("start", "")) if "start" in table else np.nan,
            "duration": milliseconds(table["duration"], units.get("duration", "")),
            "frame": frame,
            "group": table.get("group", empty),
            "left_out": "",
        }
    )
    unread = known[["x", "y", "duration"]].isna().any(axis=1)
    known["left_out"] = np.where(unread, "no_number", known["left_out"])
    return known[FIXATIONS]
