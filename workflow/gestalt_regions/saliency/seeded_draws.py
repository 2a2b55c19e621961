"""Draws of libraries that take no generator of their own: the global ones, seeded for a while and put back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def seeded_draws(seed: int, device: torch.device) -> Iterator[None]:
    """Inside, the global generators of torch and numpy start from the seed; outside they go on as if nothing had been.

    Parameters
    ----------
    seed : int
        Any.
    device : torch.device
        Where tensors are drawn; the CPU's generator is seeded in any case.

    Yields
    ------
    None
        Once.
    """
    before = np.random.get_state()  # noqa: NPY002 (captum draws from numpy's global generator)
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002
        try:
            yield
        finally:
            np.random.set_state(before)  # noqa: NPY002
