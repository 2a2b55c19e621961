"""Names of samples, made from those of their files: safe on every disk, and never two alike."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from pathlib import PurePosixPath

import pandas as pd

from gestalt_regions.core.remarks import remark
from gestalt_regions.core.spelling import clean

SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
LONGEST = 100  # letters of a name, before what tells it from others
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D"}
    | {"ı": "i", "þ": "th", "Þ": "Th", "ð": "d", "Ð": "D"}
)


def _digest(text: str) -> str:
    return hashlib.sha256(clean(text).encode("utf-8", "surrogatepass")).hexdigest()[:8]


def safe_name(text: str) -> str:
    """Write a name with the letters A-Z a-z, digits and . _ - only.

    Accents go; where letters are lost that have no such form, or the name is too long, a digest of the name is added.

    Parameters
    ----------
    text : str
        Any name.

    Returns
    -------
    str
        A safe one, the same for composed and decomposed letters.
    """
    if len(text) <= LONGEST and SAFE.fullmatch(text):
        return text
    plain = unicodedata.normalize("NFKD", clean(text).translate(_LETTERS))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    safe = re.sub(r"^[^A-Za-z0-9]+|[^A-Za-z0-9._-]+", "_", plain).lstrip("_")
    lost = any(sign.isalnum() and not sign.isascii() for sign in plain)
    if lost or not safe or len(safe) > LONGEST:
        safe = f"{safe[:LONGEST].strip('_') or 'image'}-{_digest(text)}"
    return safe


def sample_names(images: pd.Series, given: pd.Series, source: str) -> pd.Series:
    """Name the samples that have no name, each after its file.

    Files of one name in several folders are told apart by their folders, others by a digest.

    Parameters
    ----------
    images : Series
        Paths of the photographs as the table has them.
    given : Series
        Names that the table gives, else "".
    source : str
        The table, for what is said.

    Returns
    -------
    Series
        The names; of those made none is like another, capitals aside.
    """
    made = given == ""
    if not made.any():
        return given
    paths = images[made].str.replace("\\", "/")
    stems = pd.Series([os.path.splitext(os.path.basename(path))[0] for path in paths], paths.index, dtype=str)
    names = pd.Series([safe_name(stem) for stem in stems], paths.index, dtype=str)
    plain = names == stems
    other = set(given[~made].str.casefold())

    def _alike(names: pd.Series) -> pd.Series:
        keys = names.str.casefold()
        return keys.duplicated(keep=False) | keys.isin(other)

    first = _alike(names)
    if first.any():
        longer = paths[first].map(lambda path: safe_name("_".join(PurePosixPath(path).with_suffix("").parts)))
        names = names.mask(first, longer.reindex(names.index))
        still = _alike(names) & first
        names = names.mask(still, names.str.slice(0, LONGEST) + "-" + paths.map(_digest))
        named = ", ".join(f"{images[row]} is {names[row]}" for row in names.index[first][:3])
        remark(
            f"{source}: sample_id is made of the file name, and {int(first.sum())} files have like names: {named}. "
            "Give a column sample_id to name them yourself",
            warning=True,
        )
    changed = names.index[~plain & ~first]
    if len(changed):
        named = ", ".join(f"{images[row]} is {names[row]}" for row in changed[:3])
        remark(
            f"{source}: sample_id is made of the file name, in safe letters in {len(changed)} rows: {named}. Give a "
            "column sample_id to name them yourself"
        )
    return given.mask(made, names.reindex(given.index))
