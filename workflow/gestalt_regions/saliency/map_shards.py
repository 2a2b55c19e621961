"""Maps in the making: finished parts lie beside the output until it is complete, so that a killed job can go on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.io import atomic, new_array

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

    def fill(self, explain: Callable[[int, int], tuple[np.ndarray, TargetScores]]) -> None:
        """Make the shards that are not there.

        Parameters
        ----------
        explain : Callable
            explain(start, stop) -> maps float32 [stop - start, ...], and target class, logit and probability of each.
        """
        done = self.finished()
        if done:
            log.info("%d of %d shards were finished by an earlier run and are kept", len(done), len(self.starts))
        for start in sorted(set(self.starts) - set(done)):
            maps, facts = explain(start, min(start + self.step, self.total))
            with atomic(self._path(start)) as temporary, open(temporary, "wb") as stream:
                np.savez(stream, maps=maps, facts=np.array(facts, np.float64).reshape(len(maps), -1))

    def gather(self, output: str, shape: tuple[int, ...]) -> pd.DataFrame:
        """Write all maps into one array.

        Parameters
        ----------
        output : str
            The .npy, float32 [total, *shape].
        shape : tuple of int
            Of one image's maps.

        Returns
        -------
        pandas.DataFrame
            target (class number), logit, probability of each image.
        """
        facts = [np.empty((0, 3))]
        with new_array(output, (self.total, *shape), np.dtype(np.float32)) as whole:
            for start in self.starts:
                with np.load(self._path(start), allow_pickle=False) as shard:
                    whole[start : start + len(shard["maps"])] = shard["maps"]
                    facts.append(shard["facts"])
        table = pd.DataFrame(np.concatenate(facts), columns=["target", "logit", "probability"])
        return table.astype({"target": int})
