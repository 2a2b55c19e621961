"""What is said while a table is read: in the log, and kept for whoever asks, so that a report can show it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
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
