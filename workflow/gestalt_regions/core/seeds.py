"""One seed in the config, one derived generator per stage and item: results do not depend on order or cores."""

from __future__ import annotations

import hashlib

import numpy as np


def derive(seed: int, *keys: object) -> int:
    """Derive the seed of one stage or item; it is the same on every machine.

    Parameters
    ----------
    seed : int
        The study's seed (config run.seed).
    *keys : object
        Stage, sample id and so on. Their text counts.

    Returns
    -------
    int
        63 bits, from SHA-256.
    """
    digest = hashlib.sha256("\x1f".join([str(seed), *map(str, keys)]).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def generator(seed: int, *keys: object) -> np.random.Generator:
    """Make numpy's generator of one stage or item.

    Parameters
    ----------
    seed : int
        The study's seed.
    *keys : object
        As for `derive`.

    Returns
    -------
    Generator
        A generator with the derived seed.
    """
    return np.random.default_rng(derive(seed, *keys))
