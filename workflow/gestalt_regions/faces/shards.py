"""What a planning knows of the shards of a cohort's faces; it has no need of OpenCV."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

import numpy as np

KINDS = ("crops", "labels", "regions")


def shard_numbers(sample_ids: Iterable[str], shards: int) -> np.ndarray:
    """Say to which shard each sample belongs: by its name alone, so that a new or a removed row moves no other.

    Parameters
    ----------
    sample_ids : iterable of str
        The samples.
    shards : int
        Number of shards.

    Returns
    -------
    ndarray of int
        1..shards; shards differ in size by chance.
    """
    return np.array([zlib.crc32(name.encode()) % shards + 1 for name in sample_ids], int)
