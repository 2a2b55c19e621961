"""What a finding is, how its numbers are written, and how findings are kept in a table."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from gestalt_regions.core import io
from gestalt_regions.statistics.toolkit.bootstrap import MIN_GROUPS

Parts = dict[str, Any]  # some attributes of a finding
Kind = Literal["finding", "warning", "not shown"]
FINDING: Kind = "finding"
WARNING: Kind = "warning"
NOT_SHOWN: Kind = "not shown"
TOO_FEW = f"too few families for an interval: {MIN_GROUPS} are needed"
NONE = float("nan")


@dataclass(frozen=True)
class Finding:
    """One thing that a study found, or did not.

    Attributes
    ----------
    rule : str
        What made it, such as `accuracy`.
    theme : str
        A key of study_findings.THEMES.
    kind : {"finding", "warning", "not shown"}
        `warning`: a reason to doubt. `not shown`: what this study cannot say.
    text : str
        Short sentences.
    what : str
        Name of the number.
    number, low, high : float
        The number and its interval; NaN where there is none.
    level : float
        Of the interval, 0 to 1; NaN without one.
    n : str
        What it rests on, such as `360 images of 132 families`.
    correction : str
        For how many tests it is corrected; empty for a single number.
    link : str
        Page and anchor of the site.
    model : str
        The network it is about; empty for the cohort.
    short : str
        The same in a few words, for one line; most have none.
    """

    rule: str
    theme: str
    kind: Kind
    text: str
    what: str = ""
    number: float = NONE
    low: float = NONE
    high: float = NONE
    level: float = NONE
    n: str = ""
    correction: str = ""
    link: str = ""
    model: str = ""
    short: str = ""

    @property
    def evidence(self) -> str:
        """Write number, interval, n and correction on one line.

        Returns
        -------
        str
            Such as `accuracy: 0.86 [0.81, 0.90] (95% interval); 360 images of 132 families`; empty without any.
        """
        value = f"{self.what}: {figure(self.number)}" if np.isfinite(self.number) else ""
        if value and np.isfinite(self.low):
            value += f" {span(self.low, self.high)}"
            value += f" ({self.level:.0%} interval)" if np.isfinite(self.level) else ""
        return "; ".join(part for part in (value, self.n, self.correction) if part)


def figure(value: float) -> str:
    """Write a number: whole, or with two decimals, or in powers of ten where it is tiny.

    Parameters
    ----------
    value : float
        Any number.

    Returns
    -------
    str
        Such as `20`, `0.86` or `2e-05`; a dash for NaN.
    """
    if not np.isfinite(value):
        return "–"
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.2g}" if abs(value) < 0.01 else f"{value:.2f}"


def span(low: float, high: float) -> str:
    """Write an interval.

    Parameters
    ----------
    low, high : float
        Its ends.

    Returns
    -------
    str
        Such as `[0.81, 0.90]`; empty where there is none.
    """
    return f"[{low:.2f}, {high:.2f}]" if np.isfinite(low) and np.isfinite(high) else ""


def with_span(row: pd.Series, value: str = "value") -> str:
    """Write a number of a table with its interval.

    Parameters
    ----------
    row : pandas.Series
        With low and high.
    value : str
        Column of the number.

    Returns
    -------
    str
        Such as `0.86 [0.81, 0.90]`; the number alone where there is no interval.
    """
    return f"{figure(row[value])} {span(row['low'], row['high'])}".rstrip()


def named(names: Sequence[str], most: int = 6) -> str:
    """Name some things in a sentence.

    Parameters
    ----------
    names : sequence of str
        What is named.
    most : int
        How many at most; the others are counted.

    Returns
    -------
    str
        `A`, `A and B`, `A, B and C`, or `A, B and 7 more`.
    """
    shown = list(names) if len(names) <= most else [*names[: most - 1], f"{len(names) - most + 1} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else "none"


def counted(number: int, one: str, many: str = "") -> str:
    """Write a count with its noun.

    Parameters
    ----------
    number : int
        How many.
    one, many : str
        The noun for one, and for more; with an s if left out.

    Returns
    -------
    str
        Such as `1 family` or `12 families`.
    """
    return f"{number} {one if number == 1 else many or one + 's'}"


def families(number: int) -> str:
    """Count kin groups in the word of the page.

    Parameters
    ----------
    number : int
        How many.

    Returns
    -------
    str
        Such as `12 families`.
    """
    return counted(number, "family", "families")


def findings_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """Write findings as a table.

    Parameters
    ----------
    findings : iterable of Finding
        What was found.

    Returns
    -------
    pandas.DataFrame
        A row each, in their order.
    """
    columns = [field.name for field in fields(Finding)]
    return pd.DataFrame([asdict(finding) for finding in findings], columns=columns)


def read_findings(path: str | os.PathLike) -> list[Finding]:
    """Read them back.

    Parameters
    ----------
    path : path
        CSV of `findings_table`.

    Returns
    -------
    list of Finding
        In the order of the table.
    """
    numbers = {"number", "low", "high", "level"}
    columns = [field.name for field in fields(Finding)]
    table = io.read_table(path, columns, strings=[name for name in columns if name not in numbers])
    return [Finding(**row) for row in table[columns].to_dict("records")]


def table_of(path: Path, columns: Sequence[str] = (), strings: Sequence[str] = ()) -> pd.DataFrame | None:
    """Read a table that a study may not have made.

    Parameters
    ----------
    path : Path
        CSV.
    columns, strings : sequence of str
        As for `io.read_table`.

    Returns
    -------
    pandas.DataFrame or None
        None where there is no file, or no row in it.
    """
    if not path.exists():
        return None
    table = io.read_table(path, columns, strings=strings)
    return None if table.empty else table
