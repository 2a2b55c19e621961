"""What is compared: each encoder and the ensemble, with all views of an image (TTA) or with the plain one alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gestalt_regions.core import io
from gestalt_regions.core.errors import InputError, nearest

ENSEMBLE = "ensemble"
ROWS = 4096  # of a stack whose lengths are looked at together


@dataclass(frozen=True)
class Encodings:
    """The encodings of all faces by all encoders.

    Attributes
    ----------
    stacks : dict of str to ndarray
        Encoder -> float32 [images, views, d], rows of length one.
    rows : dict of str to int
        sample_id -> row.
    """

    stacks: dict[str, np.ndarray]
    rows: dict[str, int]

    def row_of(self, samples: Sequence[str]) -> np.ndarray:
        """The rows of some images.

        Parameters
        ----------
        samples : sequence of str
            n sample_ids.

        Returns
        -------
        ndarray
            int [n].

        Raises
        ------
        InputError
            For an image without an encoding.
        """
        samples = list(samples)
        for sample in samples:
            if sample not in self.rows:
                raise InputError(f"image '{sample}' has no encoding; {nearest(sample, list(self.rows)[:2000])}")
        return np.array([self.rows[sample] for sample in samples], dtype=int)


@dataclass(frozen=True)
class System:
    """What is compared with others.

    Attributes
    ----------
    name : str
        An encoder, or the ensemble.
    encoders : tuple of str
        Its members.
    tta : bool
        All views, or the first.
    """

    name: str
    encoders: tuple[str, ...]
    tta: bool

    def stacks(self, encodings: Encodings) -> list[np.ndarray]:
        """The encodings that the system uses.

        Parameters
        ----------
        encodings : Encodings
            Of all encoders.

        Returns
        -------
        list of ndarray
            Of each member, float32 [images, views, d].
        """
        views = slice(None) if self.tta else slice(0, 1)
        return [encodings.stacks[name][:, views] for name in self.encoders]


def systems(encoders: Sequence[str], ensemble: Sequence[str]) -> list[System]:
    """All systems, without and with TTA.

    Parameters
    ----------
    encoders : sequence of str
        All encoders.
    ensemble : sequence of str
        Members of the ensemble; none for all.

    Returns
    -------
    list of System
        Every encoder, then the ensemble where it has two members or more.
    """
    members = tuple(ensemble) or tuple(encoders)
    sets = [(name, (name,)) for name in encoders] + ([(ENSEMBLE, members)] if len(members) > 1 else [])
    return [System(name, parts, tta) for name, parts in sets for tta in (False, True)]


def load(paths: Sequence[str | Path]) -> Encodings:
    """Read the encodings of all encoders.

    Parameters
    ----------
    paths : sequence of path
        encodings/<encoder>.npy, each with <encoder>.csv (row, sample_id) beside it.

    Returns
    -------
    Encodings
        Memory-mapped.

    Raises
    ------
    InputError
        Where an array is not float32 [n, views, d] of unit rows, a table does not fit its array, or two encoders have
        other
        images or views.
    """
    stacks: dict[str, np.ndarray] = {}
    rows: dict[str, int] = {}
    for path in map(Path, paths):
        stack = io.read_array(path)
        if stack.ndim != 3 or stack.dtype != np.float32:
            raise InputError(f"{path}: encodings are float32 [images, views, d], not {stack.dtype} {stack.shape}")
        table = io.read_table(path.with_suffix(".csv"), ["row", "sample_id"], strings=["sample_id"])
        if list(table["row"]) != list(range(len(stack))):
            raise InputError(f"{path.with_suffix('.csv')}: {len(table)} rows for {len(stack)} encodings; rebuild both")
        repeated = table.loc[table["sample_id"].duplicated(), "sample_id"]
        if len(repeated):
            raise InputError(f"{path.with_suffix('.csv')}: image '{repeated.iloc[0]}' is listed twice")
        parts = [stack[start : start + ROWS] for start in range(0, len(stack), ROWS)]
        lengths = np.concatenate([np.linalg.norm(part, axis=2) for part in parts] or [np.zeros((0, stack.shape[1]))])
        if len(stack) and not np.allclose(lengths, 1, atol=1e-3):
            row = int(np.abs(lengths - 1).max(1).argmax())
            raise InputError(f"{path}: the vector of '{table['sample_id'][row]}' has not length one; encode it again")
        listed = dict(zip(table["sample_id"], table["row"], strict=True))
        if stacks and (listed != rows or stack.shape[1] != next(iter(stacks.values())).shape[1]):
            raise InputError(f"{path}: other images or views than {paths[0]}; encode both from one cohort")
        stacks[path.stem], rows = stack, listed
    return Encodings(stacks, rows)
