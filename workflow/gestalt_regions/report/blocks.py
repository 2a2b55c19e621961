"""The tables of the page: text in rows, with title, caption and notes."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Rows:
    """A table as text.

    Attributes
    ----------
    header : list of str
        Names of the columns.
    lines : list of list of str
        The cells.
    """

    header: list[str]
    lines: list[list[str]]


@dataclass(frozen=True)
class Block:
    """A table with its title, caption and notes.

    Attributes
    ----------
    title : str
        Heading.
    caption : str
        What it shows.
    table : Rows
        The cells.
    notes : list of str
        Lines beneath it.
    folded : bool
        Whether it hides behind its number of rows, for long ones.
    """

    title: str
    caption: str
    table: Rows
    notes: list[str] = field(default_factory=list)
    folded: bool = False


def as_rows(frame: pd.DataFrame) -> Rows:
    """All cells as text; four significant digits, undefined cells empty.

    Parameters
    ----------
    frame : pandas.DataFrame
        Any table.

    Returns
    -------
    Rows
        The same as text.
    """
    text = frame.astype(object).map(lambda v: f"{v:.4g}" if isinstance(v, float) else str(v)).where(frame.notna(), "")
    return Rows([str(c) for c in frame.columns], text.to_numpy().tolist())
