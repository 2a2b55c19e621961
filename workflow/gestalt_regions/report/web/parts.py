"""What a chapter is made of: sections with tables, figures and charts, and lines on what is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from gestalt_regions.report.web.addresses import slug

PAGED = 500  # rows of a table that are written into the page itself; longer ones are handed to the script
MOST = 20_000  # rows of a table that a page has at all


@dataclass(frozen=True)
class Part:
    """What tables, figures and charts share.

    Attributes
    ----------
    title : str
        Heading.
    caption : str
        What it shows.
    anchor : str
        For links; made of the title if empty.
    """

    title: str
    caption: str
    anchor: str = ""

    @property
    def place(self) -> str:
        """The anchor.

        Returns
        -------
        str
            Given or made of the title.
        """
        return self.anchor or slug(self.title)


@dataclass(frozen=True)
class Table(Part):
    """A table as text.

    Attributes
    ----------
    header : list of str
        Names of the columns.
    lines : list of list of str
        The cells; those that are markupsafe.Markup are HTML.
    file : Path or None
        The whole table, which is copied into the site.
    tex : Path or None
        The same for a paper.
    notes : list of str
        Lines beneath it.
    filters : list of str
        Columns with a choice of their values.
    rows : int
        How many there are in the whole table, if `lines` has fewer.
    """

    header: list[str] = field(default_factory=list)
    lines: list[list[str]] = field(default_factory=list)
    file: Path | None = None
    tex: Path | None = None
    notes: list[str] = field(default_factory=list)
    filters: list[str] = field(default_factory=list)
    rows: int = 0
    kind: str = "table"


@dataclass(frozen=True)
class Figure(Part):
    """A static figure.

    Attributes
    ----------
    path : Path
        SVG or PNG, which is copied into the site.
    alt : str
        What is to be seen, for those who cannot see it; the title if empty.
    data : str
        Where its numbers are: a link within the site.
    """

    path: Path = Path()
    alt: str = ""
    data: str = ""
    kind: str = "figure"


@dataclass(frozen=True)
class Chart(Part):
    """A chart that is drawn in the page.

    Attributes
    ----------
    spec : dict
        Vega-Lite.
    description : str
        What it says, in words.
    numbers : pandas.DataFrame
        What it is drawn from, which becomes a file of the site.
    """

    spec: dict = field(default_factory=dict)
    description: str = ""
    numbers: pd.DataFrame = field(default_factory=pd.DataFrame)
    kind: str = "chart"


@dataclass(frozen=True)
class Listing(Part):
    """Text that is shown as it is, folded.

    Attributes
    ----------
    text : str
        For instance the config.
    """

    text: str = ""
    kind: str = "listing"


@dataclass(frozen=True)
class Section:
    """Parts under one heading.

    Attributes
    ----------
    title : str
        A question, or what it is about.
    why : str
        Why one reads it.
    parts : sequence of Table, Figure, Chart or Listing
        In their order.
    left_out : sequence of str
        What is not here, and why.
    """

    title: str
    why: str
    parts: Sequence[Table | Figure | Chart | Listing] = ()
    left_out: Sequence[str] = ()

    @property
    def place(self) -> str:
        """The anchor.

        Returns
        -------
        str
            Made of the title; longer than that of any part.
        """
        return f"section-{slug(self.title)}"


@dataclass(frozen=True)
class Chapter:
    """One page.

    Attributes
    ----------
    file : str
        Its name in the site.
    title : str
        For the navigation.
    heading : str
        On the page.
    lead : str
        What it is about, in a few sentences.
    sections : list of Section
        Those that have anything.
    group : str
        The model it belongs to; empty for the study.
    loud : bool
        Whether warnings of the cohort stand on it in full.
    """

    file: str
    title: str
    heading: str
    lead: str
    sections: list[Section]
    group: str = ""
    loud: bool = False


def cell(value: object) -> str:
    """One cell as text.

    Parameters
    ----------
    value : object
        A number, text, or nothing.

    Returns
    -------
    str
        Four significant digits; empty for what is missing; yes or no for truth.
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def cells(frame: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """All cells as text.

    Parameters
    ----------
    frame : pandas.DataFrame
        Any table.

    Returns
    -------
    tuple
        Header (underscores become spaces) and lines.
    """
    text = frame.astype(object).where(frame.notna(), None).map(cell)
    return [str(name).replace("_", " ") for name in frame.columns], text.to_numpy(dtype=object).tolist()


def table(
    title: str,
    caption: str,
    frame: pd.DataFrame,
    *,
    anchor: str = "",
    file: Path | None = None,
    tex: Path | None = None,
    notes: list[str] | None = None,
    filters: list[str] | None = None,
    whole: bool = False,
) -> Table:
    """A table of a frame. What is the same in all rows is said once, beneath it.

    Parameters
    ----------
    title, caption : str
        As in `Table`.
    frame : pandas.DataFrame
        The rows; the first column stays in any case.
    anchor : str
        As in `Table`.
    file, tex : Path or None
        As in `Table`; left out where there is no such file.
    notes, filters : list of str or None
        As in `Table`.
    whole : bool
        Whether columns stay that are empty, or the same in all rows.

    Returns
    -------
    Table
        For a section.
    """
    said, shown = list(notes or []), frame
    if len(frame) > 1 and not whole:
        empty = [name for name in frame.columns[1:] if (frame[name].isna() | (frame[name].astype(str) == "")).all()]
        shown = frame.drop(columns=empty)
        same = [
            name
            for name in shown.columns[1:]
            if shown[name].notna().all() and (shown[name] == shown[name].iloc[0]).all()
        ]
        if same:
            first = shown.iloc[0]
            parts = [f"{name.replace('_', ' ')} {cell(_plain(first[name]))}" for name in same]
            said.append(f"The same in all rows: {', '.join(parts)}.")
            shown = shown.drop(columns=same)
    header, lines = cells(shown.head(MOST))
    chosen = [name.replace("_", " ") for name in filters or [] if name in shown.columns]
    total = len(frame)
    return Table(title, caption, anchor, header, lines, there(file), there(tex), said, chosen, total)


def _plain(value: object) -> object:
    """A number of numpy as Python's."""
    return value.item() if hasattr(value, "item") else value


def there(path: Path | None) -> Path | None:
    """A file that may not have been made.

    Parameters
    ----------
    path : Path or None
        Any.

    Returns
    -------
    Path or None
        None where there is no file.
    """
    return path if path is not None and path.exists() else None
