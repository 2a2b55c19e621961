"""One seed in the config, one derived generator per stage and item: results do not depend on order or cores."""

from __future__ import annotations

import hashlib

import numpy as np


def derive(seed: int, *keys: object) -> int:
    """A 63-bit seed from the study's seed and any keys (stage, sample id, ...), stable across machines."""
    digest = hashlib.sha256("\x1f".join([str(seed), *map(str, keys)]).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def generator(seed: int, *keys: object) -> np.random.Generator:
    return np.random.default_rng(derive(seed, *keys))
