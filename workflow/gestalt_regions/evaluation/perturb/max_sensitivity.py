"""Max-sensitivity (Yeh et al., NeurIPS 2019, definition 3.1): how much a map changes when the image hardly does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor


def nearby(x: Tensor, radius: Tensor, samples: int, seeds: Sequence[int]) -> Tensor:
    """Copies of images with independent uniform noise.

    Parameters
    ----------
    x : Tensor
        Images [n, c, h, w].
    radius : Tensor
        Largest change of each channel, [c].
    samples : int
        Copies of each image.
    seeds : sequence of int
        One for each image.

    Returns
    -------
    Tensor
        [n, samples, c, h, w].
    """
    shape = (samples, *x.shape[1:])
    uniform = [2 * torch.rand(shape, generator=torch.Generator().manual_seed(seed)) - 1 for seed in seeds]
    return x[:, None] + torch.stack(uniform).to(x) * radius.to(x).view(-1, 1, 1)


def relative_changes(explain: Callable[[Tensor, list[int]], Tensor], maps: Tensor, copies: Tensor) -> Tensor:
    """How far the maps of copies are from the map of their image: |map of the copy - map| / |map| (Frobenius).

    Parameters
    ----------
    explain : callable
        (images [m, c, h, w], numbers) -> maps [m, h, w]; numbers say of which of the n images each is a copy.
    maps : Tensor
        [n, h, w].
    copies : Tensor
        [n, samples, c, h, w].

    Returns
    -------
    Tensor
        [n, samples]; NaN for a map that is zero throughout.
    """
    n, samples = copies.shape[:2]
    numbers = [i for i in range(n) for _ in range(samples)]
    images = copies.flatten(0, 1).contiguous(memory_format=torch.channels_last)
    changed = explain(images, numbers).unflatten(0, (n, samples))
    size = maps.flatten(1).norm(dim=1)[:, None]
    apart = (changed - maps[:, None]).flatten(2).norm(dim=2)
    return torch.where(size > 0, apart / size, torch.nan)
