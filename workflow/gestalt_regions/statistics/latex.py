"""Booktabs tables from frames of text."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

SPECIAL = str.maketrans({
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "–": "--",
})  # fmt: skip


def escape(text: str) -> str:
    return str(text).translate(SPECIAL)


def booktabs(frame: pd.DataFrame, caption: str, label: str, notes: Sequence[str] = (), columns: str = "") -> str:
    """A complete `table` environment; needs the LaTeX package booktabs.

    columns: the argument of tabular; empty for the first column left, the others right.
    """
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{escape(caption)}}}",
        rf"\label{{{label.replace('_', '-')}}}",
    ]
    lines += [rf"\begin{{tabular}}{{{columns or 'l' + 'r' * (frame.shape[1] - 1)}}}", r"\toprule"]
    lines += [" & ".join(map(escape, frame.columns)) + r" \\", r"\midrule"]
    for values in frame.itertuples(index=False):
        # A cell that opens with a bracket would be read as the optional argument of the line break before it.
        cells = [f"{{}}{cell}" if cell.startswith("[") else cell for cell in map(escape, values)]
        lines.append(" & ".join(cells) + r" \\")
    lines += [r"\bottomrule", r"\end{tabular}"]
    lines += [rf"\par\footnotesize {escape(note)}" for note in notes]
    return "\n".join([*lines, r"\end{table}", ""])
