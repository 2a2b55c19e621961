"""Digests of many files, remembered by size and times: a file is read again only where one of them differs.

So it takes a look at each file, but not its content, to see that nothing was replaced. Times alone would not do: they
differ after a copy, and a file can be put in the place of another with an old time (`cp -p`).
"""

from __future__ import annotations

import hashlib
import logging
import os
import stat
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_table, write_table

log = logging.getLogger("gestalt_regions")

MISSING, UNREADABLE = "missing", "unreadable"  # instead of a digest
STAMP = ["size", "modified", "changed"]  # bytes; ns since 1970, of the content and of the file's own record
NO_STAMP = (-1, -1, -1)
# A file that was written in the last seconds may be written once more within the same tick of its clock (2 s on FAT).
SETTLED = 3.0
THREADS = 8  # reading waits for the disk or the network
AT_ONCE = 500  # files one thread takes


def _stamp(path: str) -> tuple[int, int, int]:
    """Size and times of the file that a path leads to, links followed; NO_STAMP where there is none."""
    try:
        seen = os.stat(path)
    except OSError:
        return NO_STAMP
    return (seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns) if stat.S_ISREG(seen.st_mode) else NO_STAMP


def file_digest(path: str | Path) -> str:
    """Digest the content of a file.

    Parameters
    ----------
    path : path
        The file; a link is followed.

    Returns
    -------
    str
        32 hexadecimal digits of its SHA-256; MISSING where there is no file, UNREADABLE where it may not be read.
    """
    if not os.path.isfile(path):
        return MISSING
    try:
        with open(path, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()[:32]
    except FileNotFoundError:
        return MISSING
    except OSError:
        return UNREADABLE


def _each(work: Callable[[str], object], paths: Sequence[str]) -> list:
    """The work of every path, in some threads; in pieces, since handing out one path takes longer than a look at it."""
    pieces = [paths[start : start + AT_ONCE] for start in range(0, len(paths), AT_ONCE)]
    with ThreadPoolExecutor(THREADS) as pool:
        return [value for piece in pool.map(lambda piece: [work(path) for path in piece], pieces) for value in piece]


def _remembered(memory: Path) -> pd.DataFrame:
    """What is known of files: path, STAMP and digest; nothing where the memory is gone or damaged."""
    try:
        table = read_table(memory, ["path", *STAMP, "digest"], strings=["path", "digest"]).drop_duplicates("path")
        return table.astype(dict.fromkeys(STAMP, "int64"))
    except (InputError, ValueError):
        return pd.DataFrame({"path": [], **{column: [] for column in STAMP}, "digest": []}).astype(
            {"path": str, **dict.fromkeys(STAMP, "int64"), "digest": str}
        )


def digests(paths: Sequence[str], memory: str | Path, said: str = "") -> list[str]:
    """Digest files, and read only those that are new or whose size or times differ from what is remembered.

    Parameters
    ----------
    paths : sequence of str
        The files.
    memory : path
        A table that is written where something new was learnt. Without it every file is read again.
    said : str
        What the files are called in the log, where some must be read; "" to say nothing.

    Returns
    -------
    list of str
        As `file_digest`.
    """
    began, known = time.time(), _remembered(Path(memory))
    table = pd.DataFrame(_each(_stamp, paths), columns=STAMP, dtype="int64")
    table.insert(0, "path", list(paths))
    table = table.merge(known, how="left", on=["path", *STAMP])
    there = table["size"] >= 0
    table.loc[~there, "digest"] = [MISSING if not os.path.isfile(path) else "" for path in table["path"][~there]]
    unknown = (table["digest"].isna() | (table["digest"] == "")).to_numpy()
    if unknown.any():
        table.loc[unknown, "digest"] = _each(file_digest, table.loc[unknown, "path"].tolist())
        if said:
            size = table.loc[unknown & there, "size"].sum() / 1e6
            log.info("%d %s of new size or time read (%.0f MB, %.1f s)", unknown.sum(), said, size, time.time() - began)
    if unknown.any() or len(known) != there.sum():
        newest = table[["modified", "changed"]].max(axis=1)
        sure = there & (newest < (began - SETTLED) * 1e9) & (table["digest"] != UNREADABLE)
        write_table(table.loc[sure, ["path", *STAMP, "digest"]], memory)
    return table["digest"].tolist()
