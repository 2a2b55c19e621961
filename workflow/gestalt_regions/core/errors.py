"""The one exception for input that a user can mend."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Bad input. The message names the file, row or key, and says what to do."""


def nearest(name: str, allowed: Iterable[str]) -> str:
    """A phrase that offers the allowed names closest to `name`, for error messages."""
    allowed = [str(a) for a in allowed]
    close = difflib.get_close_matches(str(name), allowed, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(close)}?" if close else f"allowed: {', '.join(allowed)}"
