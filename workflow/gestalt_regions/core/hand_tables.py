"""The one door for tables that a person wrote: text as it stands in the file, with the line of every row.

Tables that the workflow itself writes are read by `io.read_table`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.remarks import line_list, remark, shortened
from gestalt_regions.core.separated_text import SEPARATORS, equal_rows, separated, stripped
from gestalt_regions.core.spelling import clean, column_key
from gestalt_regions.core.text_files import read_text

NEAR = 0.85  # likeness of two column names, of which one is probably the other misspelt
SHORTEST = 5  # letters of a name that can be told from a misspelt one
NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
_COMMAS = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")


@dataclass
class HandTable:
    """A table as a person wrote it. Cells are text without blanks at the ends; an empty cell is ""."""

    path: Path
    rows: pd.DataFrame  # index 0, 1, ...
    lines: np.ndarray  # of each row, the line where it begins
    titles: dict[str, str]  # column -> its name in the file
    rivals: dict[str, list[str]]  # column -> others whose name means the same, which were not taken for it

    def place(self, row: int) -> str:
        """Say where a row is.

        Parameters
        ----------
        row : int
            Its index.

        Returns
        -------
        str
            `photos.csv: line 3`, with the path as it was given.
        """
        return f"{self.path}: line {self.lines[row]}"

    def error(self, row: int, text: str) -> InputError:
        """Make the error of a row.

        Parameters
        ----------
        row : int
            Its index.
        text : str
            What is wrong, and what to do.

        Returns
        -------
        InputError
            To be raised.
        """
        return InputError(f"{self.place(row)}: {text}")

    def lines_where(self, chosen: Iterable[bool]) -> str:
        """Name the lines of some rows.

        Parameters
        ----------
        chosen : iterable of bool
            Which rows.

        Returns
        -------
        str
            As `line_list`.
        """
        return line_list(self.lines[np.fromiter(chosen, bool, len(self.lines))])

    def numbers(self, column: str) -> pd.Series:
        """Read a column of numbers, with a decimal point or a decimal comma.

        Parameters
        ----------
        column : str
            Its name.

        Returns
        -------
        Series
            float64; NaN for an empty cell.

        Raises
        ------
        InputError
            With the line, for a cell that is no number, and where some cells have a comma and others a point.
        """
        text = self.rows[column].str.replace("\u2212", "-")
        wrong = (text != "") & ~matches(text, NUMBER)
        if wrong.any():
            row = int(wrong.to_numpy().argmax())
            raise self.error(row, f"{self.titles[column]} is '{shortened(text[row])}', which is no number")
        comma, point = text.str.contains(",", regex=False), text.str.contains(".", regex=False)
        if comma.any() and point.any():
            first, second = (int(each.to_numpy().argmax()) for each in (comma, point))
            raise self.error(
                first,
                f"{self.titles[column]} is '{text[first]}', but '{text[second]}' in line {self.lines[second]}; "
                "write all decimals with a point, or all with a comma",
            )
        values = pd.to_numeric(text.str.replace(",", ".", regex=False).replace("", np.nan)).astype(float)
        if (infinite := np.isinf(values)).any():
            row = int(infinite.to_numpy().argmax())
            raise self.error(row, f"{self.titles[column]} is '{shortened(text[row])}', which is too large")
        return values

    def with_points(self, column: str) -> pd.Series:
        """Give a column whose filled cells are all numbers, some with a decimal comma, a point for the comma.

        Parameters
        ----------
        column : str
            Its name.

        Returns
        -------
        Series
            Text; any other column as it is.

        Raises
        ------
        InputError
            Where some cells have a comma and others a point.
        """
        text = self.rows[column]
        filled = text[text != ""]
        if not matches(filled, _COMMAS).any() or not matches(filled, NUMBER).all():
            return text
        self.numbers(column)
        remark(f"{self.path}: column {self.titles[column]}: decimal commas are read as such")
        return text.str.replace(",", ".", regex=False)


def matches(column: pd.Series, pattern: re.Pattern[str]) -> pd.Series:
    """Say which cells are as a pattern, from end to end.

    Parameters
    ----------
    column : Series
        Text.
    pattern : Pattern
        A regular expression.

    Returns
    -------
    Series
        bool.
    """
    return pd.Series([bool(pattern.fullmatch(cell)) for cell in column], column.index, dtype=bool)


def _named(path: Path, header: Sequence[str], rows: pd.DataFrame) -> pd.DataFrame:
    """The columns under their names; one without a name is left out, with a warning if it is not empty."""
    names = [clean(cell) for cell in header]
    for at, name in enumerate(names):
        if not name and (rows[at] != "").any():
            remark(f"{path}: column {at + 1} has no name and is not read", warning=True)
    first: dict[str, int] = {}
    for at, name in enumerate(names):
        if name and (before := first.setdefault(name.casefold(), at)) != at:
            raise InputError(
                f"{path}: columns {before + 1} and {at + 1} are both called '{name}'; keep one name for one"
            )
    kept = [at for at, name in enumerate(names) if name]
    return rows[kept].set_axis([names[at] for at in kept], axis=1)


def _taken(path: Path, titles: Sequence[str], names: Mapping[str, Sequence[str]]) -> tuple[dict[str, str], dict]:
    """For each name that the file has, the column that is taken for it; and the others of that meaning."""
    taken, rivals = {}, {}
    for name, others in names.items():
        keys = {column_key(each) for each in (name, *others)}
        like = [title for title in titles if title not in names and column_key(title) in keys]
        same = [title for title in like if column_key(title) == column_key(name)]
        if name in titles:
            taken[name] = name
        elif len(same) == 1 or len(like) == 1:
            taken[name] = same[0] if len(same) == 1 else like[0]
            remark(f"{path}: {name} is taken from the column {taken[name]}")
        elif like:
            named = " and ".join(f"'{title}'" for title in like)
            raise InputError(f"{path}: the columns {named} may both be {name}; call the right one {name}")
        rivals[name] = [title for title in like if title != taken.get(name)]
    for title in titles:
        if title in taken.values() or len(key := column_key(title)) < SHORTEST:
            continue
        for name in (name for name in names if name not in taken):
            known = [column_key(each) for each in (name, *names[name]) if len(column_key(each)) >= SHORTEST]
            if difflib.get_close_matches(key, known, n=1, cutoff=NEAR):
                raise InputError(
                    f"{path}: the column '{title}' is not read; if it is {name}, call it {name}, else call it "
                    "something less like that"
                )
    return taken, rivals


def _lacking(path: Path, column: str, titles: Sequence[str], below: Sequence[tuple[int, list[str]]]) -> InputError:
    """No such column; says so if a line below looks like the header."""
    for line, cells in below[:10]:
        if column_key(column) in map(column_key, cells):
            return InputError(f"{path}: the names of the columns are in line {line}; remove the lines above it")
    if difflib.get_close_matches(column, titles, n=1, cutoff=0.5):
        return InputError(f"{path}: no column '{column}' in the first line; {nearest(column, titles)}")
    names = shortened(", ".join(titles), 200)
    return InputError(f"{path}: no column '{column}'; the first line must name the columns, and it is: {names}")


def read_hand_table(
    path: str | Path, columns: Iterable[str] = (), names: Mapping[str, Sequence[str]] | None = None
) -> HandTable:
    """Read a table that a person wrote.

    The separator is found from the header: comma, semicolon, tab or bar. Every cell stays the text that it is: NA, null
    and 007 too. Titles keep their capitals; those of `names` are found without regard to capitals and signs.

    Parameters
    ----------
    path : path
        The file: text in any encoding of `read_text`, its first line the header.
    columns : iterable of str
        Columns that must be there.
    names : mapping of str to sequence of str, optional
        Columns that are read, those of `columns` among them, each with other names that mean the same.

    Returns
    -------
    HandTable
        Its rows; columns that were found under another name have the name of `columns` or `names`.

    Raises
    ------
    InputError
        That names file and line, or column, for a table that cannot be read for sure.
    """
    path, columns = Path(path), list(columns)
    names = {**{column: () for column in columns}, **(names or {})}
    text = read_text(path)
    keys = frozenset(column_key(each) for name, others in names.items() for each in (name, *others))
    separator, records = separated(path, text, keys)
    if not records:
        raise InputError(f"{path}: empty; its first line must name the columns")
    (line, header), *below = records
    while header and not header[-1].strip():
        header = header[:-1]
    if len(header) == 1 and any(sign in header[0] for sign in SEPARATORS):
        raise InputError(
            f"{path}: line {line} is one cell in quotes; save the table anew, with quotes around single cells"
        )
    # Before the rows are judged: a title above the header makes them all too long.
    header_keys = {column_key(cell) for cell in header}
    for column in columns:
        others = names[column]
        if not header_keys & {column_key(each) for each in (column, *others)}:
            raise _lacking(path, column, [clean(cell) for cell in header], below)
    rows = equal_rows(path, below, len(header), separator)
    cells = {at: stripped([row[at] for _, row in rows]) for at in range(len(header))}
    table = _named(path, header, pd.DataFrame(cells, dtype=str))
    taken, rivals = _taken(path, list(table.columns), names)
    shown = {title: name for name, title in taken.items()}
    table = table.rename(columns=shown)
    titles = {shown.get(title, title): title for title in [*shown, *table.columns]} | {n: t for n, t in taken.items()}
    return HandTable(path, table, np.array([line for line, _ in rows], int), titles, rivals)
