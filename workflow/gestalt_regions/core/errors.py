"""The one exception for input that a user can mend."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


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
        `did you mean A or B?`, or all allowed names where none is close.
    """
    allowed = [str(a) for a in allowed]
    close = difflib.get_close_matches(str(name), allowed, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(close)}?" if close else f"allowed: {', '.join(allowed)}"
