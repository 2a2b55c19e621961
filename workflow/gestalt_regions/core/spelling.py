"""Spellings of one name: what is surely the same, and what differs in form only."""

from __future__ import annotations

import re
import unicodedata

import pandas as pd

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_POINT_ZERO = re.compile(r"-?\d+\.0+")
_DOTTED = re.compile(r"-?\d+\.\d+")
_JOINTS = re.compile(r"[\s_.\-–—/]+")
_LOOSE_JOINT = re.compile(r"(?<![0-9])-|-(?![0-9])")
_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")


def clean(text: str) -> str:
    """Write a name without what nobody sees: letters composed (NFC), blanks single, none at the ends.

    Parameters
    ----------
    text : str
        As it was typed.

    Returns
    -------
    str
        The name.
    """
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    return " ".join(text.split())


def clean_names(names: pd.Series) -> pd.Series:
    """Write each name of a column as `clean` does, and numbers as whole ones where the column has `.0` only.

    Programs that know no missing whole numbers write 11 as 11.0. A column with 1.1 beside 1.0 keeps both.

    Parameters
    ----------
    names : Series
        Text.

    Returns
    -------
    Series
        Names of the same index.
    """
    cleaned = names.map({name: clean(name) for name in names.unique()}).astype(names.dtype)
    numbers = [name for name in cleaned.unique() if _DOTTED.fullmatch(name)]
    if numbers and all(_POINT_ZERO.fullmatch(name) for name in numbers):
        return cleaned.replace({name: name.split(".")[0] for name in numbers})
    return cleaned


def without_case(name: str) -> str:
    """Say what a name is when capitals and widths of letters do not count.

    Parameters
    ----------
    name : str
        From `clean`.

    Returns
    -------
    str
        Equal for names that differ in these only.
    """
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())


def bare(name: str) -> str:
    """Say what a name is when capitals, leading zeros and the sign between its parts do not count.

    Parameters
    ----------
    name : str
        From `clean`.

    Returns
    -------
    str
        Equal for P-7, p_07, `P 7` and P7; 1-11 and 11-1 stay two.
    """
    return _ZEROS.sub("", _LOOSE_JOINT.sub("", _JOINTS.sub("-", without_case(name))))


def column_key(title: str) -> str:
    """Say what the title of a column is when capitals and signs do not count.

    Parameters
    ----------
    title : str
        As in the file.

    Returns
    -------
    str
        Letters and digits alone: equal for subject_id, `Subject ID` and SubjectID.
    """
    return "".join(sign for sign in without_case(clean(title)) if sign.isalnum())
