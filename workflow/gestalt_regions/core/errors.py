"""The one exception for input that a user can mend."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

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
