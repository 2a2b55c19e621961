"""What the morph methods make once for a fold and its network, in a file: to explain a new face later in a second.

The file is an .npz of arrays; one of them is text, which says how they hang together (JSON). Nothing in it can run.
Photographs are not in it: they are taken from the study's stack again.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import atomic
from gestalt_regions.saliency.given_faces import Faces
from gestalt_regions.saliency.morph.class_effects import Regression
from gestalt_regions.saliency.morph.fold_model import ROWS, TYPICAL
from gestalt_regions.saliency.morph.region_given_rest import GivenRest
from gestalt_regions.saliency.morph.region_signs import RegionSigns
from gestalt_regions.saliency.morph.shape_free import MeanShape
from gestalt_regions.saliency.morph.typical_faces import Photographs, Sign, TypicalFaces

OURS = {
    each.__name__: each for each in (Regression, GivenRest, RegionSigns, MeanShape, Photographs, Sign, TypicalFaces)
}
STRUCTURE = "structure"  # name of the text among the arrays


class Rows:
    """Some rows of a stack, read when they are asked for.

    Parameters
    ----------
    stack : ndarray
        [N, ...], such as a memory map.
    rows : ndarray of int
        [n].
    """

    def __init__(self, stack: np.ndarray, rows: np.ndarray) -> None:
        self.stack, self.rows = stack, rows
        self.shape = (len(rows), *stack.shape[1:])

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, chosen: int | slice | Sequence[int] | np.ndarray) -> np.ndarray:
        return np.asarray(self.stack[self.rows[chosen]])

    def __array__(self, dtype: np.dtype | None = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.stack[self.rows], dtype)


class _Taken:
    """Objects taken apart: arrays by name, and lists that JSON can hold. An object met again is named by its number."""

    def __init__(self) -> None:
        self.arrays: dict[str, np.ndarray] = {}
        self._numbers: dict[int, int] = {}

    def apart(self, value: object) -> object:
        """Plain values stay; all else becomes [kind, ...]."""
        if value is None or isinstance(value, str) or type(value) in (bool, int, float):
            return value
        if isinstance(value, np.ndarray | np.generic):
            name = str(len(self.arrays))
            self.arrays[name] = np.asarray(value)
            return ["array", name, isinstance(value, np.generic)]
        if isinstance(value, list | tuple):
            return [type(value).__name__, *map(self.apart, value)]
        if isinstance(value, dict):
            return ["dict", *([self.apart(key), self.apart(each)] for key, each in value.items())]
        if id(value) in self._numbers:
            return ["again", self._numbers[id(value)]]
        number = self._numbers[id(value)] = len(self._numbers)
        name = next(name for name, each in OURS.items() if type(value) is each)
        state: dict[str, object] = value.__getstate__()  # type: ignore[assignment]
        return [name, number, *([key, self.apart(each)] for key, each in state.items())]


class _Put:
    """Puts together what `_Taken` took apart."""

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        self.arrays, self._made = arrays, dict[int, object]()

    def together(self, value: object) -> object:
        """The value."""
        if not isinstance(value, list):
            return value
        kind, *parts = value
        if kind == "array":
            array = self.arrays[parts[0]]
            return array[()] if parts[1] else array
        if kind in ("list", "tuple"):
            each = map(self.together, parts)
            return list(each) if kind == "list" else tuple(each)
        if kind == "dict":
            return {self.together(key): self.together(each) for key, each in parts}
        if kind == "again":
            return self._made[parts[0]]
        made = self._made[parts[0]] = OURS[kind].__new__(OURS[kind])
        made.__dict__.update({key: self.together(each) for key, each in parts[1:]})
        return made


def keep(path: str | Path, faces: Faces, levels: Mapping) -> None:
    """Write what was made of a fold's photographs.

    Parameters
    ----------
    path : path
        The file.
    faces : Faces
        Whose `made` is kept.
    levels : mapping
        What the fold's network answers to training photographs (methods/morph.py).
    """
    taken, made = _Taken(), dict(faces.made)
    typical = made.get(TYPICAL)
    if typical is None:
        made, levels = {}, {}
    else:
        photographs = typical.photographs
        typical.photographs = replace(photographs, crops=np.empty((0, *photographs.crops.shape[1:]), np.uint8))
    structure = json.dumps(taken.apart({"made": made, "levels": dict(levels)}))
    if typical is not None:
        typical.photographs = photographs
    with atomic(path) as temporary, open(temporary, "wb") as stream:
        np.savez(stream, allow_pickle=False, **{STRUCTURE: np.array(structure)}, **taken.arrays)


def kept(path: str | Path, faces: Faces) -> dict:
    """Put what `keep` wrote into faces of the same study.

    Parameters
    ----------
    path : path
        The file.
    faces : Faces
        Its first rows are those of the study; `made` is filled.

    Returns
    -------
    dict
        Levels.

    Raises
    ------
    InputError
        For a file that holds anything else.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = dict(stored)
        if not arrays:  # of a method that makes nothing once
            return {}
        state = _Put(arrays).together(json.loads(str(arrays[STRUCTURE])))
        made, levels = state["made"], state["levels"]  # type: ignore[index]
    except (zipfile.BadZipFile, EOFError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise InputError(f"{path}: not what this workflow keeps of a fold ({error}); delete it and run again") from None
    if TYPICAL in made:
        photographs = made[TYPICAL].photographs
        made[TYPICAL].photographs = replace(photographs, crops=Rows(faces.crops, made[ROWS]))
    faces.made.update(made)
    return levels


def all_kept(paths: Sequence[str | Path], faces: Faces) -> dict:
    """Put what `keep` wrote for several methods into faces of the same study.

    Parameters
    ----------
    paths : sequence of path
        The files.
    faces : Faces
        As of `kept`.

    Returns
    -------
    dict
        Levels of all.
    """
    levels: dict = {}
    for path in paths:
        levels |= kept(path, faces)
    return levels
