"""Data as script files: a page that is opened from a folder may load scripts, but read no other file."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np

DIGITS = 6  # of every number but those that say otherwise


def rounded(value: float, digits: int = DIGITS) -> float | int | None:
    """A number as the page gets it.

    Parameters
    ----------
    value : float
        Any number.
    digits : int
        Significant digits that stay.

    Returns
    -------
    float, int or None
        None for what is no finite number; a whole number without a point, which is shorter.
    """
    value = float(value)
    if not math.isfinite(value):
        return None
    short = float(f"{value:.{digits}g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def plain(value: object) -> object:
    """A value of which JSON can be made: what has no value is null.

    Parameters
    ----------
    value : object
        Numbers, texts, lists and mappings, NumPy's among them.

    Returns
    -------
    object
        The same of plain types.
    """
    if type(value) in (str, int, bool, type(None)):  # most values, and at once
        return value
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(each) for each in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return rounded(float(value))
    return value


def write_script(folder: Path, key: str, value: object) -> None:
    """Write a value as a script that puts it into `EXPLORER_DATA` under its key.

    Parameters
    ----------
    folder : Path
        The folder of the explorer's data.
    key : str
        The file below it, without suffix.
    value : object
        As in `plain`.
    """
    path = folder / f"{key}.js"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(plain(value), separators=(",", ":"), allow_nan=False)
    start = f"(window.EXPLORER_DATA=window.EXPLORER_DATA||{{}})[{json.dumps(key)}]="
    path.write_text(f"{start}{text};\n", encoding="ascii")
