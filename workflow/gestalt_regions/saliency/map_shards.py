"""Maps in the making: finished parts lie beside the output until it is complete, so that a killed job can go on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import DTypeLike

from gestalt_regions.core.io import atomic, new_array
from gestalt_regions.core.packed_stack import write_packed

log = logging.getLogger("gestalt_regions")
# of each explained image: the number of the target class, its logit and its probability
TargetScores = list[tuple[int, float, float]]


class Shards:
    """Shards of some images, each a file in a folder (jobs/partial.py) until there are all images.

    Parameters
    ----------
    folder : Path
        Where the files lie.
    total : int
        Number of images.
    step : int
        Images in a shard.
    """

    def __init__(self, folder: Path, total: int, step: int) -> None:
        self.folder, self.total, self.step = folder, total, step
        self.starts = list(range(0, total, step))

    def _path(self, start: int) -> Path:
        """The file of the shard that begins with image `start`."""
        return self.folder / f"{start:07d}.npz"

    def finished(self) -> list[int]:
        """The shards that are there.

        Returns
        -------
        list of int
            The number of each one's first image.
        """
        return [start for start in self.starts if self._path(start).exists()]

    def fill(self, explain: Callable[[int, int], tuple[Mapping[str, np.ndarray], TargetScores]]) -> None:
        """Make the shards that are not there.

        Parameters
        ----------
        explain : Callable
            explain(start, stop) -> arrays by name, each [stop - start, ...], such as the maps; and target class, logit
            and probability of each image.
        """
        done = self.finished()
        if done:
            log.info("%d of %d shards were finished by an earlier run and are kept", len(done), len(self.starts))
        for start in sorted(set(self.starts) - set(done)):
            stop = min(start + self.step, self.total)
            arrays, facts = explain(start, stop)
            with atomic(self._path(start)) as temporary, open(temporary, "wb") as stream:
                known = {**arrays, "facts": np.array(facts, np.float64).reshape(stop - start, -1)}
                np.savez(stream, allow_pickle=False, **known)

    def read(self, name: str) -> Iterator[tuple[int, np.ndarray]]:
        """The arrays of one name, a shard at a time.

        Parameters
        ----------
        name : str
            One of those that `explain` gave.

        Yields
        ------
        tuple of int and ndarray
            Number of the shard's first image, and its array.
        """
        for start in self.starts:
            with np.load(self._path(start), allow_pickle=False) as shard:
                yield start, shard[name]

    def gather(self, name: str, output: str, shape: tuple[int, ...], dtype: DTypeLike = np.float32) -> None:
        """Write all arrays of one name into one file.

        Parameters
        ----------
        name : str
            One of those that `explain` gave.
        output : str
            The .npy, [total, *shape]; an .npz is packed (core/packed_stack.py).
        shape : tuple of int
            Of one image.
        dtype : dtype
            Of the file.
        """
        if output.endswith(".npz"):
            write_packed(output, (self.total, *shape), (part for _, part in self.read(name)))
            return
        with new_array(output, (self.total, *shape), np.dtype(dtype)) as whole:
            for start, part in self.read(name):
                whole[start : start + len(part)] = part

    def scores(self) -> pd.DataFrame:
        """The targets of all images, and what the network says of them.

        Returns
        -------
        pandas.DataFrame
            target (class number), logit, probability of each image.
        """
        facts = [np.empty((0, 3)), *(part for _, part in self.read("facts"))]
        table = pd.DataFrame(np.concatenate(facts), columns=["target", "logit", "probability"])
        return table.astype({"target": int})
