"""Stacks of which each row is packed by itself: three digits of a value, as float16 with a scale of the row, deflated.

A file is a zip archive, as numpy's .npz: scales.npy (float64 [n]), shape.npy (of the whole stack), and for row 12 the
member 0000012.npy. A row of maps takes 2 to 41 % of its bytes in float32 (docs/reference/saliency_engine.md).
"""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import atomic, read_array

LARGEST = 2.0**15  # what a row's largest value becomes; a float16 holds all digits of what is 2**29 times smaller
LEFT_OUT = 14  # of float32's 23 bits after the first; a value is off by 2**-10 of itself at most
MAGNITUDE = np.uint16(0x7FFF)  # the bits of a float16 without its sign
LEVEL = 6  # zlib's default
DAY = (1980, 1, 1, 0, 0, 0)  # the same rows give the same bytes


def pack(row: np.ndarray) -> tuple[np.ndarray, float]:
    """Round a row to three digits, in an order of bytes that deflates well.

    Parameters
    ----------
    row : ndarray of float32 [layers, ...]
        Finite values.

    Returns
    -------
    packed : ndarray of uint8 [2, layers, ...]
        The low and the high bytes of the values as float16. Of every layer after the first: the sign bit, and which
        other bits differ from the layer before. Mostly none do where all channels of a map have one sign.
    scale : float
        The row is float16 times this. Its largest magnitude is kept exactly.
    """
    scale = float(np.abs(row).max(initial=0)) / LARGEST
    bits = np.divide(row, scale or 1, dtype=np.float64).astype(np.float32).view(np.uint32)
    even = bits >> LEFT_OUT & 1
    rounded = (bits + ((1 << LEFT_OUT - 1) - 1) + even) >> LEFT_OUT << LEFT_OUT
    halves = rounded.view(np.float32).astype(np.float16).view(np.uint16)
    halves[1:] ^= halves[:-1] & MAGNITUDE
    return np.stack([halves & 0xFF, halves >> 8]).astype(np.uint8), scale


def unpack(packed: np.ndarray, scale: float) -> np.ndarray:
    """The row that was packed.

    Parameters
    ----------
    packed : ndarray of uint8 [2, layers, ...]
        As from `pack`.
    scale : float
        As from `pack`.

    Returns
    -------
    ndarray of float32 [layers, ...]
        The row, rounded.
    """
    halves = packed[0] | packed[1].astype(np.uint16) << 8
    for layer in range(1, len(halves)):
        halves[layer] ^= halves[layer - 1] & MAGNITUDE
    return (halves.view(np.float16).astype(np.float64) * scale).astype(np.float32)


class PackedStack:
    """A stack of which a row is unpacked when it is asked for.

    Parameters
    ----------
    path : path
        A file that `write_packed` wrote.

    Attributes
    ----------
    shape : tuple of int
        Of the whole stack.
    dtype : dtype
        float32.

    Raises
    ------
    InputError
        If the file is not such a stack.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = path
        try:
            self._archive = zipfile.ZipFile(path)
        except zipfile.BadZipFile as error:
            raise InputError(f"{path}: not a packed stack ({error}); delete it and run again") from None
        self.shape = tuple(self._member("shape").tolist())
        self._scales = self._member("scales").tolist()

    def _member(self, name: str) -> np.ndarray:
        """One array of the archive."""
        try:
            with self._archive.open(f"{name}.npy") as stream:
                return np.lib.format.read_array(stream, allow_pickle=False)
        except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise InputError(f"{self.path}: not a packed stack ({name}: {error}); delete it and run again") from None

    def __len__(self) -> int:
        return self.shape[0]

    def _row(self, number: int) -> np.ndarray:
        number = range(len(self))[number]
        return unpack(self._member(f"{number:07d}"), self._scales[number])

    def __getitem__(self, index: Any) -> np.ndarray:
        """A row by its number, some rows by a slice or their numbers, or either's part by further indices."""
        rows, rest = (index[0], index[1:]) if isinstance(index, tuple) else (index, ())
        if np.ndim(rows) == 0 and not isinstance(rows, slice):
            return self._row(int(rows))[rest]
        numbers = np.arange(len(self))[rows].tolist()
        return np.array([self._row(number)[rest] for number in numbers], np.float32).reshape(
            -1, *np.empty(self.shape[1:], bool)[rest].shape
        )

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self._row(number) for number in range(len(self)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self[:].astype(dtype or self.dtype, copy=False)


MapStack = np.ndarray | PackedStack


def write_packed(path: str | os.PathLike, shape: tuple[int, ...], parts: Iterable[np.ndarray]) -> None:
    """Write a packed stack, whole or not at all.

    Parameters
    ----------
    path : path
        The file.
    shape : tuple of int
        Of the whole stack, [n, layers, ...].
    parts : iterable of ndarray of float32 [m, layers, ...]
        The rows in their order, some at a time.
    """
    scales: list[float] = []
    with (
        atomic(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive,
    ):

        def add(name: str, array: np.ndarray) -> None:
            member = zipfile.ZipInfo(f"{name}.npy", DAY)
            member.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(member, "w") as stream:
                np.lib.format.write_array(stream, array, allow_pickle=False)

        for part in parts:
            for row in part:
                packed, scale = pack(row)
                add(f"{len(scales):07d}", packed)
                scales.append(scale)
        add("shape", np.array(shape))
        add("scales", np.array(scales))


def read_stack(path: str | os.PathLike) -> MapStack:
    """Open a stack of either form read-only.

    Parameters
    ----------
    path : path
        A .npy, or an .npz of `write_packed`.

    Returns
    -------
    ndarray or PackedStack
        Both give rows by number.

    Raises
    ------
    InputError
        If the file is missing, or no such stack.
    """
    if not str(path).endswith(".npz"):
        return read_array(path)
    try:
        return PackedStack(path)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
