"""Maps of a layer where they belong in the image: a network that looks at a part of the face has maps of that part."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor
from torch.nn import functional

from gestalt_regions.models.network import WHOLE, Seen, pixels_seen


def placed(enlarge: Callable[[tuple[int, int]], Tensor], size: Sequence[int], seen: Seen) -> Tensor:
    """Maps enlarged to the pixels that they are of, with zeros around them.

    Parameters
    ----------
    enlarge : Callable
        enlarge((height, width)) -> [..., height, width].
    size : sequence of int
        Height and width of the image.
    seen : tuple of float
        What the maps are of (StagedNetwork.seen).

    Returns
    -------
    Tensor
        [..., *size].
    """
    if seen == WHOLE:
        return enlarge((size[0], size[1]))
    left, top, right, bottom = pixels_seen(seen, size)
    return functional.pad(enlarge((bottom - top, right - left)), (left, size[1] - right, top, size[0] - bottom))
