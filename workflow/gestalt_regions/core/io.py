"""Reading and writing artifacts: every output appears whole or not at all, and nothing is ever unpickled."""

from __future__ import annotations

import mmap
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import DTypeLike

from gestalt_regions.core.disk import unwritable
from gestalt_regions.core.errors import InputError, nearest


@contextmanager
def atomic(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` on success, remove it on any failure.

    The file is on the disk before it has its name: a power cut leaves none that is empty.

    Parameters
    ----------
    path : path
        The file to make. Its folder is made too.

    Yields
    ------
    Path
        Where to write.

    Raises
    ------
    InputError
        Where the disk is full or read-only.
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
        if isinstance(error, InputError) or not (explained := unwritable(path, error)):
            raise
        raise explained from error
    finally:
        temporary.unlink(missing_ok=True)


def write_text(text: str, path: str | os.PathLike) -> None:
    """Write a UTF-8 text file, whole or not at all.

    Parameters
    ----------
    text : str
        Its content.
    path : path
        The file.
    """
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def as_csv(table: pd.DataFrame, path: str | os.PathLike | None = None) -> str | None:
    """Give a table as CSV with a fixed float format (9 significant digits), so that equal numbers give equal bytes.

    Parameters
    ----------
    table : DataFrame
        Its columns; the index is left out.
    path : path, optional
        Where it goes.

    Returns
    -------
    str or None
        The text, without a path.
    """
    return table.to_csv(path, index=False, float_format="%.9g", lineterminator="\n")


def write_table(table: pd.DataFrame, path: str | os.PathLike) -> None:
    """Write a CSV file as `as_csv` has it, whole or not at all.

    Parameters
    ----------
    table : DataFrame
        Its columns; the index is not written.
    path : path
        The file.
    """
    with atomic(path) as temporary:
        as_csv(table, temporary)


def write_pieces(pieces: Iterable[pd.DataFrame], path: str | os.PathLike) -> None:
    """Write the pieces of one table, one below the other, as `write_table` does; only one of them is in memory.

    Parameters
    ----------
    pieces : iterable of DataFrame
        Pieces with the same columns.
    path : path
        The file.
    """
    with atomic(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as stream:
        for number, piece in enumerate(pieces):
            piece.to_csv(stream, index=False, header=number == 0, float_format="%.9g", lineterminator="\n")


# An empty cell is what `write_table` makes of a missing value. NA, null and None are names like any other.
NOTHING: dict[str, Any] = {"keep_default_na": False, "na_values": [""]}


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a readable UTF-8 CSV file ({error})") from None


def _checked(table: pd.DataFrame, path: Path, columns: Iterable[str], strings: Iterable[str]) -> pd.DataFrame:
    for column in columns:
        if column not in table.columns:
            raise InputError(f"{path}: no column '{column}'; {nearest(column, table.columns)}")
    present = [c for c in strings if c in table.columns]
    table[present] = table[present].fillna("")
    return table


def read_table(
    path: str | os.PathLike,
    columns: Iterable[str] = (),
    strings: Iterable[str] = (),
    separator: str = ",",
    only: Collection[str] | None = None,
) -> pd.DataFrame:
    """Read a CSV file that this package wrote; those of a person are read by `hand_tables.read_hand_table`.

    Parameters
    ----------
    path : path
        A UTF-8 file with a header.
    columns : iterable of str
        Columns that must be there.
    strings : iterable of str
        Columns read as text: identifiers such as 007 keep their zeros, and empty cells become "".
    separator : str
        What stands between two cells.
    only : collection of str, optional
        The columns to keep, as far as they exist; all without it.

    Returns
    -------
    DataFrame
        The table, one row per line.

    Raises
    ------
    InputError
        If the file is missing, unreadable or lacks one of `columns`. It names the file.
    """
    path, strings = Path(path), list(strings)
    with _readable(path):
        table = pd.read_csv(
            path,
            dtype=dict.fromkeys(strings, str),
            encoding="utf-8-sig",
            sep=separator,
            usecols=None if only is None else lambda column: column in only,
            **NOTHING,
        )
    return _checked(table, path, columns, strings)


def read_pieces(
    path: str | os.PathLike, columns: Sequence[str], strings: Iterable[str] = (), rows: int = 100_000
) -> Iterator[pd.DataFrame]:
    """Read some columns of a CSV file, a limited number of rows at a time.

    Parameters
    ----------
    path : path
        A UTF-8 file with a header.
    columns : sequence of str
        The columns to read. They must be there.
    strings : iterable of str
        Those of them that are text, as in `read_table`.
    rows : int
        Rows of a piece at most.

    Yields
    ------
    DataFrame
        A piece of the table. There is at least one, if only an empty one.

    Raises
    ------
    InputError
        As `read_table`.
    """
    path, strings = Path(path), list(strings)
    wanted = set(columns)
    with _readable(path):
        whole = pd.read_csv(
            path,
            dtype=dict.fromkeys(strings, str),
            encoding="utf-8-sig",
            chunksize=rows,
            usecols=lambda column: column in wanted,
            **NOTHING,
        )
        for piece in whole:
            yield _checked(piece, path, columns, strings)


def write_array(array: np.ndarray, path: str | os.PathLike) -> None:
    """Write a .npy file, whole or not at all.

    Parameters
    ----------
    array : ndarray
        Any shape; no objects.
    path : path
        The file.
    """
    with atomic(path) as temporary, open(temporary, "wb") as stream:
        np.save(stream, array, allow_pickle=False)


RELEASE_AFTER = 64 << 20  # bytes
MAPPED_AT_ONCE = 64 << 10  # bytes; what Linux maps at least when one place of a file is read


class Stack(np.memmap):
    """A memory-mapped array of which a process holds about RELEASE_AFTER bytes at a time, however large the file is.

    What was read stays mapped and counts as the process's memory until it is given back. So after every RELEASE_AFTER
    bytes of rows read or written, all of it is. Nothing is lost: the file and its cache keep the values.
    """

    _mmap: mmap.mmap | None  # numpy's own, which its type stubs do not name
    _touched = 0

    def _count(self, index: object, size: int) -> None:
        places = np.size(index) if isinstance(index, list | np.ndarray) else 1
        self._touched += max(size, places * MAPPED_AT_ONCE)
        if self._touched > RELEASE_AFTER and self._mmap is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._mmap.madvise(mmap.MADV_DONTNEED)
            self._touched = 0

    def __getitem__(self, index: Any) -> Any:
        values = super().__getitem__(index)
        self._count(index, values.nbytes)
        return values.view(np.ndarray) if isinstance(values, Stack) else values

    def __setitem__(self, index: Any, value: Any) -> None:
        super().__setitem__(index, value)
        self._count(index, np.asarray(value).nbytes)

    def __array_wrap__(self, array: np.ndarray, context: object = None, return_scalar: bool = False) -> Any:
        """What is computed from a stack is an ordinary array or number."""
        array = np.asarray(array)
        return array[()] if return_scalar else array


@contextmanager
def new_array(path: str | os.PathLike, shape: tuple[int, ...], dtype: DTypeLike) -> Iterator[np.ndarray]:
    """Yield a writable memory-mapped .npy, which takes its name only when the block succeeds.

    Parameters
    ----------
    path : path
        The file.
    shape : tuple of int
        Shape of the array; may hold 0.
    dtype : dtype
        Its type.

    Yields
    ------
    ndarray
        The array, all zeros at first.
    """
    with atomic(path) as temporary:
        if 0 in shape:  # an empty file cannot be mapped
            array = np.zeros(shape, dtype)
            yield array
            with open(temporary, "wb") as stream:
                np.save(stream, array, allow_pickle=False)
        else:
            stack = np.lib.format.open_memmap(temporary, mode="w+", dtype=dtype, shape=shape).view(Stack)
            if hasattr(os, "posix_fallocate"):  # else a full disk would end the process without a word
                with open(temporary, "rb+") as stream:
                    os.posix_fallocate(stream.fileno(), 0, temporary.stat().st_size)
            yield stack
            stack.flush()
            del stack


def read_array(path: str | os.PathLike) -> np.ndarray:
    """Open a .npy file read-only as a memory map.

    Parameters
    ----------
    path : path
        The file. Arrays of objects are refused.

    Returns
    -------
    ndarray
        A `Stack`; an empty array is read whole.

    Raises
    ------
    InputError
        If the file is missing or no plain array.
    """
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False).view(Stack)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except ValueError as error:
        try:
            return np.load(path, allow_pickle=False)
        except ValueError:
            raise InputError(f"{path}: not a plain .npy array ({error})") from None
