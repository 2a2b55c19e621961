"""The truth that rendered shards keep beside their photos, by photo."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_array, read_table


class RenderedTruth:
    """True label maps and landmarks of the photos in folders of `cohort_steps.render_shard`; arrays stay on disk.

    Parameters
    ----------
    folders : sequence of path
        The shards' folders.
    """

    def __init__(self, folders: Sequence[str | Path]) -> None:
        self._where: dict[str, tuple[Path, int]] = {}
        for folder in map(Path, folders):
            index = read_table(folder / "index.csv", ["row", "sample_id"], strings=["sample_id"])
            self._where |= {name: (folder, row) for row, name in index[["row", "sample_id"]].itertuples(index=False)}
        self._arrays: dict[tuple[Path, str], np.ndarray] = {}

    def _row(self, sample_id: str, kind: str) -> np.ndarray:
        if sample_id not in self._where:
            raise InputError(f"no rendered shard holds the photo {sample_id}; rebuild the cohort")
        folder, row = self._where[sample_id]
        if (folder, kind) not in self._arrays:
            self._arrays[folder, kind] = read_array(folder / f"{kind}.npy")
        return self._arrays[folder, kind][row]

    def labels(self, sample_id: str) -> np.ndarray:
        """Label map of a photo.

        Parameters
        ----------
        sample_id : str
            The photo.

        Returns
        -------
        ndarray of uint8 [S, S]
            Ids of head_model.LABELS (0..10 are LaPa's).
        """
        return self._row(sample_id, "labels")

    def landmarks(self, sample_id: str) -> np.ndarray:
        """Landmarks of a photo: the five of alignment, then 68 dense ones.

        Parameters
        ----------
        sample_id : str
            The photo.

        Returns
        -------
        ndarray of float [L, 2]
            Pixels of the photo, in the order of head_landmarks.NAMES.
        """
        return self._row(sample_id, "landmarks")
