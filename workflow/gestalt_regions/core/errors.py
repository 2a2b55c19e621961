"""The one exception for input that a user can mend."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

MOST = 50  # names that a message lists


class InputError(ValueError):
    """Bad input. The message names the file, row or key, and says what to do."""


def nearest(name: str, allowed: Iterable[str]) -> str:
    """Offer the allowed names that are closest to a wrong one, for error messages.

    Parameters
    ----------
    name : str
        The name that was given.
    allowed : iterable of str
        The names that exist.

    Returns
    -------
    str
        `did you mean A or B?`, or the allowed names where none is close, the first MOST of them.
    """
    allowed = [str(a) for a in allowed]
    close = difflib.get_close_matches(str(name), allowed, n=3, cutoff=0.5)
    if close:
        return f"did you mean {' or '.join(close)}?"
    more = f" and {len(allowed) - MOST} more" if len(allowed) > MOST else ""
    return f"allowed: {', '.join(allowed[:MOST])}{more}"


def refuse_unknown(where: str, kind: str, names: Iterable[str], known: Collection[str]) -> None:
    """Refuse names that nothing has, the first of them.

    Parameters
    ----------
    where : str
        The key that has them, as `config case.methods`.
    kind : str
        What they name, as `method`.
    names : iterable of str
        What was given.
    known : collection of str
        What there is.

    Raises
    ------
    InputError
        It names key and name, and what may be meant.
    """
    for name in names:
        if name not in known:
            raise InputError(f"{where}: no {kind} '{name}'; {nearest(name, known)}")
