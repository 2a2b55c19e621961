"""The faces of one shard in one compressed file, which is kept: a later run makes only the shards that changed.

A plain .npz with the arrays of each face as members `<kind>_<size>/<sample_id>`, so that one face at a time is in
memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import numpy as np

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import atomic

Key = tuple[str, int]  # kind ("crops", "labels", "regions") and size in pixels
Add = Callable[[str, Mapping[Key, np.ndarray]], None]


def _member(key: Key, sample_id: str) -> str:
    return f"{key[0]}_{key[1]}/{sample_id}"


@contextmanager
def new_kept_faces(path: str | Path) -> Iterator[Add]:
    """Yield a function that adds the arrays of one face; the file takes its name only when the block succeeds.

    Equal faces give equal bytes: members have no time of their own.

    Parameters
    ----------
    path : path
        The .npz file.

    Yields
    ------
    Callable
        add(sample_id, {(kind, size): uint8 [S,S,3] or [S,S]}).
    """
    with atomic(path) as temporary, ZipFile(temporary, "w", ZIP_DEFLATED, compresslevel=1) as archive:

        def add(sample_id: str, arrays: Mapping[Key, np.ndarray]) -> None:
            for key, array in arrays.items():
                with archive.open(f"{_member(key, sample_id)}.npy", "w") as stream:
                    np.lib.format.write_array(stream, np.ascontiguousarray(array), allow_pickle=False)

        yield add


@contextmanager
def kept_faces(path: str | Path) -> Iterator[Callable[[Key, str], np.ndarray]]:
    """Yield a function that reads one array of one face.

    Parameters
    ----------
    path : path
        A file of `new_kept_faces`.

    Yields
    ------
    Callable
        read((kind, size), sample_id) -> uint8 array.

    Raises
    ------
    InputError
        If the file is missing or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            yield lambda key, sample_id: archive[_member(key, sample_id)]
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (BadZipFile, ValueError, KeyError, EOFError) as error:
        raise InputError(f"{path}: not a whole file of faces ({error}); remove it and run again") from None
