"""Booktabs tables from frames of text."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

SPECIAL = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "{": r"\{",
        "}": r"\}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "–": "--",
    }
)

SMALL = r"\footnotesize\setlength{\tabcolsep}{4pt}"  # the widest table fits a page of A4 with 2 cm margins


def _escape(text: str) -> str:
    return str(text).translate(SPECIAL)


def booktabs(
    frame: pd.DataFrame, caption: str, label: str, notes: Sequence[str] = (), columns: str = "", *, long: bool = False
) -> str:
    """A complete `table` (or `longtable`) environment.

    It needs the LaTeX package booktabs (and longtable). A frame without rows gives a table that says so.

    Parameters
    ----------
    frame : pandas.DataFrame
        Cells of text.
    caption : str
        Plain text.
    label : str
        For references.
    notes : sequence of str
        Lines beneath the table.
    columns : str
        The argument of tabular; empty: the first column left, the others right.
    long : bool
        Whether the table may run over pages.

    Returns
    -------
    str
        LaTeX.
    """
    columns = columns or "l" + "r" * (frame.shape[1] - 1)
    head = [" & ".join(map(_escape, frame.columns)) + r" \\", r"\midrule"]
    title = [rf"\caption{{{_escape(caption)}}}", rf"\label{{{label.replace('_', '-')}}}"]
    body = []
    for values in frame.itertuples(index=False):
        # A cell that opens with a bracket would be read as the optional argument of the line break before it.
        cells = [f"{{}}{cell}" if cell.startswith("[") else cell for cell in map(_escape, values)]
        body.append(" & ".join(cells) + r" \\")
    if not body:
        body = [rf"\multicolumn{{{frame.shape[1]}}}{{l}}{{None.}} \\"]
    below = [rf"\par\footnotesize {_escape(note)}" for note in notes]
    if long:
        opening = [rf"\begin{{longtable}}{{{columns}}}", *title[:1], title[1] + r" \\", r"\toprule", *head, r"\endhead"]
        lines = ["{" + SMALL, *opening, *body, r"\bottomrule", r"\end{longtable}", *below, "}"]
    else:
        opening = [*title, rf"\begin{{tabular}}{{{columns}}}", r"\toprule", *head]
        ending = [r"\bottomrule", r"\end{tabular}", *below, r"\end{table}"]
        lines = [r"\begin{table}", r"\centering" + SMALL, *opening, *body, *ending]
    return "\n".join([*lines, ""])
