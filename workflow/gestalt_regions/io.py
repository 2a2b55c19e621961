"""Reading and writing artifacts: every output appears whole or not at all, and nothing is ever unpickled."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.disk import unwritable
from gestalt_regions.errors import InputError, nearest


@contextmanager
def atomic(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` on success, remove it on any failure.

    InputError where the disk is full or read-only. The file is on the disk before it has its name: a power cut leaves
    none that is empty.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with open(temporary, "rb") as stream:
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except Exception as error:
        if isinstance(error, InputError) or not (found := unwritable(path, error)):
            raise
        raise found from error
    finally:
        temporary.unlink(missing_ok=True)


def write_text(text: str, path: str | os.PathLike) -> None:
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_table(table: pd.DataFrame, path: str | os.PathLike) -> None:
    """Write a CSV with a fixed float format (9 significant digits), so that equal numbers give equal bytes."""
    with atomic(path) as temporary:
        table.to_csv(temporary, index=False, float_format="%.9g", lineterminator="\n")


def read_table(
    path: str | os.PathLike, columns: Iterable[str] = (), strings: Iterable[str] = (), separator: str = ","
) -> pd.DataFrame:
    """Read a CSV; raise InputError naming the file if it is missing, unreadable or lacks one of `columns`.

    `strings` are the columns read as text (identifiers such as 007 keep their zeros; empty cells become "").
    """
    path = Path(path)
    strings = list(strings)
    try:
        table = pd.read_csv(path, dtype=dict.fromkeys(strings, str), encoding="utf-8-sig", sep=separator)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a readable UTF-8 CSV file ({error})") from None
    for column in columns:
        if column not in table.columns:
            raise InputError(f"{path}: no column '{column}'; {nearest(column, table.columns)}")
    present = [c for c in strings if c in table.columns]
    table[present] = table[present].fillna("")
    return table


def write_array(array: np.ndarray, path: str | os.PathLike) -> None:
    with atomic(path) as temporary, open(temporary, "wb") as stream:
        np.save(stream, array, allow_pickle=False)


@contextmanager
def new_array(path: str | os.PathLike, shape: tuple[int, ...], dtype: str | np.dtype) -> Iterator[np.ndarray]:
    """Yield a writable memory-mapped .npy of the given shape, which takes its name only when the block succeeds."""
    with atomic(path) as temporary:
        if 0 in shape:  # an empty file cannot be mapped
            array = np.zeros(shape, dtype)
            yield array
            with open(temporary, "wb") as stream:
                np.save(stream, array, allow_pickle=False)
        else:
            array = np.lib.format.open_memmap(temporary, mode="w+", dtype=dtype, shape=shape)
            if hasattr(os, "posix_fallocate"):  # else a full disk would end the process without a word
                with open(temporary, "rb+") as stream:
                    os.posix_fallocate(stream.fileno(), 0, temporary.stat().st_size)
            yield array
            array.flush()
            del array


def read_array(path: str | os.PathLike) -> np.ndarray:
    """Open a .npy read-only as a memory map (an empty array is read whole). Object arrays are refused."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except ValueError as error:
        try:
            array = np.load(path, allow_pickle=False)
        except ValueError:
            raise InputError(f"{path}: not a plain .npy array ({error})") from None
    return array
