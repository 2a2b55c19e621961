"""Photographs of people in folders, one folder a person, as CASIA-WebFace comes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from gestalt_regions.core.errors import InputError
from gestalt_regions.faces.photo import read_photo
from gestalt_regions.pretraining.identity_photographs import Identity, Photograph


def people_in_folder(folder: str | Path) -> Iterator[Identity]:
    """The people of a folder, in the order of their names; photographs in the order of theirs.

    Parameters
    ----------
    folder : str or Path
        It holds a folder for each person, and that holds files of images. Hidden files, and files beside the folders,
        do not count.

    Yields
    ------
    Identity
        A person, with what reads each photograph.

    Raises
    ------
    InputError
        If there is no such folder, or no folder in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"config identities.path: '{folder}' is no folder; name one with a folder for each person")
    people = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not people:
        raise InputError(f"{folder}: no folder in it; it must hold a folder of photographs for each person")
    for person in people:
        files = sorted(path for path in person.iterdir() if path.is_file() and not path.name.startswith("."))
        photographs = [Photograph(path.relative_to(folder).as_posix(), partial(_pixels, path)) for path in files]
        yield Identity(person.name, photographs)


def _pixels(path: Path) -> np.ndarray:
    return read_photo(path).pixels
