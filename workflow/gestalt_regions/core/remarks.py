"""What is said while a table is read: in the log, and kept for whoever asks, so that a report can show it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

log = logging.getLogger("gestalt_regions")


class Remark(NamedTuple):
    """One thing that was said."""

    warning: bool  # whether a person should look at it
    text: str
    lasting: bool = True  # whether it is about what is used, and belongs into the tables of a cohort


_kept: ContextVar[list[Remark] | None] = ContextVar("remarks", default=None)
_aloud: ContextVar[bool] = ContextVar("aloud", default=True)


def remark(text: str, warning: bool = False, lasting: bool = True) -> None:
    """Say something of an input.

    Parameters
    ----------
    text : str
        A sentence that names the file.
    warning : bool
        Whether a person should look at it.
    lasting : bool
        Whether it is about what is used; else it is only said, and makes no table again.
    """
    if _aloud.get():
        log.log(logging.WARNING if warning else logging.INFO, "%s", text)
    kept = _kept.get()
    if kept is not None and (said := Remark(warning, text, lasting)) not in kept:
        kept.append(said)


@contextmanager
def remarks_kept(aloud: bool = True) -> Iterator[list[Remark]]:
    """Keep what is said in the block.

    Parameters
    ----------
    aloud : bool
        Whether it goes to the log, too.

    Yields
    ------
    list of Remark
        Grows as it is said; each remark once.
    """
    kept: list[Remark] = []
    token, voice = _kept.set(kept), _aloud.set(aloud)
    try:
        yield kept
    finally:
        _kept.reset(token)
        _aloud.reset(voice)


def line_list(lines: Iterable[int]) -> str:
    """Name some lines.

    Parameters
    ----------
    lines : iterable of int
        Their numbers.

    Returns
    -------
    str
        `line 3`, or `lines 3, 5, 8 and 4 more`.
    """
    numbers = sorted(set(map(int, lines)))
    shown = ", ".join(map(str, numbers[:3]))
    more = f" and {len(numbers) - 3} more" if len(numbers) > 3 else ""
    return f"line{'s' if len(numbers) > 1 else ''} {shown}{more}"


def shortened(text: str, length: int = 60) -> str:
    """Write a cell on one line, for a message.

    Parameters
    ----------
    text : str
        The cell.
    length : int
        Letters at most.

    Returns
    -------
    str
        One line.
    """
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[:length]}..."
