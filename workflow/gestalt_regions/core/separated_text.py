"""Text of a table to records: the separator, where each row begins, and how long it is."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.remarks import line_list, remark
from gestalt_regions.core.spelling import column_key

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_FIRST_LINE = re.compile(r"sep=([,;|\t])\r?\n", re.IGNORECASE)  # Excel's own
_SIGNS = " " + "".join(SEPARATORS)
_INVISIBLE = "\ufeff\u200b\u200e\u200f"
_AS_TEXT = re.compile(r'="(.*)"')  # ="007": how people make a spreadsheet keep the zeros


def _filled(cells: Iterable[str]) -> bool:
    return any(cell.strip().strip(_SIGNS) for cell in cells)


def _records(path: Path, text: str, separator: str, before: int = 0) -> list[tuple[int, list[str]]]:
    """The line where each record begins, and its cells; empty lines are left out."""
    records, line = [], 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True, skipinitialspace=True)
    try:
        for cells in reader:
            if _filled(cells):
                records.append((line + 1 + before, cells))
            line = reader.line_num
    except csv.Error as error:
        problem = str(error)
        if "field larger" in problem:
            advice = f"a cell has more than {csv.field_size_limit()} letters; is a quote missing?"
        elif "unexpected end" in problem:
            advice = "a quote is opened here and never closed"
        else:
            advice = "a quote stands in the middle of a cell; write it twice, or put none"
        raise InputError(f"{path}: line {line + 1 + before}: {advice}") from None
    return records


def _first_cells(text: str, separator: str) -> list[str]:
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
        return next((cells for cells in lines if _filled(cells)), [])
    except csv.Error:
        return []


def _separator(path: Path, text: str, keys: frozenset[str]) -> str:
    """The separator of the header: that which gives the most known names, then the most names."""
    counts = {}
    for separator in SEPARATORS:
        cells = _first_cells(text, separator)
        counts[separator] = (len({column_key(cell) for cell in cells} & keys), len(cells))
    best = max(counts.values())
    chosen = [separator for separator in SEPARATORS if counts[separator] == best]
    if best[1] > 1 and len(chosen) > 1:
        names = " and ".join(SEPARATORS[separator] for separator in chosen)
        raise InputError(f"{path}: line 1 has {names} between its names; keep to one of them")
    return chosen[0]


def separated(path: Path, text: str, keys: frozenset[str]) -> tuple[str, list[tuple[int, list[str]]]]:
    """Find the separator of a table, and its records.

    Parameters
    ----------
    path : Path
        The file, for messages.
    text : str
        What it holds.
    keys : frozenset of str
        Names of columns that may be there, as `column_key`.

    Returns
    -------
    tuple of (str, list)
        The separator; the line where each record begins, and its cells, the header first. Empty lines are left out.

    Raises
    ------
    InputError
        With the line, where there is no one separator, and for quotes that do not fit.
    """
    first = _FIRST_LINE.match(text)
    if first:
        text = text[first.end() :]
    separator = first[1] if first else _separator(path, text, keys)
    return separator, _records(path, text, separator, before=1 if first else 0)


def equal_rows(
    path: Path, records: Sequence[tuple[int, list[str]]], width: int, separator: str
) -> list[tuple[int, list[str]]]:
    """Make rows as long as the header.

    Parameters
    ----------
    path : Path
        The file, for messages.
    records : sequence of (int, list of str)
        Line and cells of each row.
    width : int
        Cells of the header.
    separator : str
        What stands between them.

    Returns
    -------
    list of (int, list of str)
        Empty cells are cut from longer rows and added to shorter ones, with a warning for the latter.

    Raises
    ------
    InputError
        With the line, for a row that has more cells, or another separator.
    """
    rows, short, sign = [], [], SEPARATORS[separator]
    for line, cells in records:
        if len(cells) > width:
            if any(cell.strip() for cell in cells[width:]):
                raise InputError(
                    f"{path}: line {line} has {len(cells)} cells, the first line {width}; put a cell that holds a "
                    f"{sign.removesuffix('s')} in quotes (a decimal comma too), and name every column"
                )
            cells = cells[:width]
        elif len(cells) < width:
            if len(cells) == 1 and any(other in cells[0] for other in SEPARATORS):
                raise InputError(f"{path}: line {line} has no {sign} between its cells, as the first line has")
            short.append(line)
            cells = cells + [""] * (width - len(cells))
        rows.append((line, cells))
    if short:
        remark(f"{path}: {line_list(short)}: fewer cells than the first line; the last ones are empty", warning=True)
    return rows


def stripped(column: Sequence[str]) -> list[str]:
    """Take blanks, invisible signs and a spreadsheet's `="..."` from cells.

    Parameters
    ----------
    column : sequence of str
        The cells.

    Returns
    -------
    list of str
        Their text.
    """
    cells = [cell.strip() if cell.isascii() else cell.strip().strip(_INVISIBLE).strip() for cell in column]
    return [match[1] if cell.startswith("=") and (match := _AS_TEXT.fullmatch(cell)) else cell for cell in cells]
