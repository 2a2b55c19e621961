"""Maps in the making: finished parts lie beside the output until it is complete, so that a killed job can go on."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.io import atomic, new_array

log = logging.getLogger("gestalt_regions")
# one row of an index: what the engine says of an explained image
Facts = list[tuple[int, float, float]]


def digest(files: Iterable[str], *values: object) -> str:
    """Of the contents of files and of values that JSON can hold."""
    total = hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode())
    for path in files:
        with open(path, "rb") as stream:
            total.update(hashlib.file_digest(stream, "sha256").digest())
    return total.hexdigest()[:16]


class Shards:
    """Shards of `step` images in the folder .<name of the output>.<key>.partial beside the output.

    `key` is a digest of all that determines the maps: shards of another key are of an older run and are removed.
    """

    def __init__(self, output: str, key: str, total: int, step: int) -> None:
        self.output, self.total = Path(output), total
        self.starts = list(range(0, total, step))
        self.step = step
        self.folder = self.output.with_name(f".{self.output.name}.{key}.partial")
        for old in self.output.parent.glob(f".{self.output.name}.*.partial"):
            if old != self.folder:
                log.info("maps that an earlier run left unfinished do not fit any more: %s is removed", old.name)
                shutil.rmtree(old)

    def _path(self, start: int) -> Path:
        return self.folder / f"{start:07d}.npz"

    def finished(self) -> list[int]:
        return [start for start in self.starts if self._path(start).exists()]

    def fill(self, explain: Callable[[int, int], tuple[np.ndarray, Facts]]) -> None:
        """Call explain(start, stop) -> maps float32 [stop - start, ...], facts, for the shards that are not there."""
        done = self.finished()
        if done:
            log.info("%d of %d shards were finished by an earlier run and are kept", len(done), len(self.starts))
        for start in sorted(set(self.starts) - set(done)):
            maps, facts = explain(start, min(start + self.step, self.total))
            with atomic(self._path(start)) as temporary, open(temporary, "wb") as stream:
                np.savez(stream, maps=maps, facts=np.array(facts, np.float64).reshape(len(maps), -1))

    def gather(self, shape: tuple[int, ...]) -> pd.DataFrame:
        """Write the whole output and remove the shards; returns target (class number), logit, probability."""
        facts = [np.empty((0, 3))]
        with new_array(self.output, (self.total, *shape), np.float32) as whole:
            for start in self.starts:
                with np.load(self._path(start), allow_pickle=False) as shard:
                    whole[start : start + len(shard["maps"])] = shard["maps"]
                    facts.append(shard["facts"])
        shutil.rmtree(self.folder, ignore_errors=True)
        table = pd.DataFrame(np.concatenate(facts), columns=["target", "logit", "probability"])
        return table.astype({"target": int})
