"""What the morph methods make once for a fold and its network, in a file: to explain a new face later in a second.

The file is a pickle of this folder's own classes and of arrays; nothing else is read from it. Photographs are not in
it: they are taken from the study's stack again.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import atomic
from gestalt_regions.saliency.given_faces import Faces
from gestalt_regions.saliency.morph.class_effects import Regression
from gestalt_regions.saliency.morph.region_given_rest import GivenRest
from gestalt_regions.saliency.morph.region_signs import RegionSigns
from gestalt_regions.saliency.morph.shape_free import MeanShape
from gestalt_regions.saliency.morph.typical_faces import Photographs, Sign, TypicalFaces

OURS = (Regression, GivenRest, RegionSigns, MeanShape, Photographs, Sign, TypicalFaces)
_ALLOWED = {(each.__module__, each.__qualname__) for each in OURS}
# How numpy, and the pickling of objects without arguments, name what rebuilds them.
_ALLOWED |= {("numpy", "ndarray"), ("numpy", "dtype"), ("copyreg", "_reconstructor"), ("builtins", "object")}
_ALLOWED |= {
    (module, name)
    for module in ("numpy._core.multiarray", "numpy._core.numeric")
    for name in ("_reconstruct", "scalar", "_frombuffer")
}
TYPICAL, ROWS = "typical faces", "training rows"  # names in Faces.made


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


class _OursOnly(pickle.Unpickler):
    """Rebuilds what `keep` writes; any other name in the file is refused before it is looked up."""

    def find_class(self, module: str, name: str) -> object:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"the file asks for {module}.{name}")
        return super().find_class(module, name)


def keep(path: str | Path, faces: Faces, levels: dict) -> None:
    """Write what was made of a fold's photographs.

    Parameters
    ----------
    path : path
        The file.
    faces : Faces
        Whose `made` is kept.
    levels : dict
        What the fold's network answers to training photographs (methods/morph.py).
    """
    made = dict(faces.made)
    typical = made.get(TYPICAL)
    state: dict[str, dict] = {"made": {}, "levels": {}}
    if typical is not None:
        photographs = typical.photographs
        typical.photographs = replace(photographs, crops=np.empty((0, *photographs.crops.shape[1:]), np.uint8))
        state = {"made": made, "levels": dict(levels)}
    with atomic(path) as temporary, open(temporary, "wb") as stream:
        pickle.dump(state, stream, protocol=5)
    if typical is not None:
        typical.photographs = photographs


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
        with open(path, "rb") as stream:
            state = _OursOnly(stream).load()
        made, levels = state["made"], state["levels"]
    except (pickle.UnpicklingError, EOFError, KeyError, TypeError, AttributeError, ImportError) as error:
        raise InputError(f"{path}: not what this workflow keeps of a fold ({error}); delete it and run again") from None
    if TYPICAL in made:
        photographs = made[TYPICAL].photographs
        made[TYPICAL].photographs = replace(photographs, crops=Rows(faces.crops, made[ROWS]))
    faces.made.update(made)
    return levels
