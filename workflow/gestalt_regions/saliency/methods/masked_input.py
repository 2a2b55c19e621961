"""Methods that show the network the image through many soft masks: ScoreCAM (of a layer) and RISE (random)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gestalt_regions.saliency.method_registry import method
from gestalt_regions.saliency.parameter_ranges import CROP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from gestalt_regions.models.network import Seen
    from gestalt_regions.saliency.explainer import Explainer


def seen_through(explainer: Explainer, image: Tensor, masks: Tensor) -> Tensor:
    """Logits of an image times masks. In the network's units 0 is the mean colour, which a mask of 0 leaves.

    Parameters
    ----------
    explainer : Explainer
        The network.
    image : Tensor
        [c, h, w].
    masks : Tensor
        In [0, 1], [m, h, w].

    Returns
    -------
    Tensor
        [m, classes].
    """
    import torch

    with torch.no_grad():
        return explainer.merged((image * masks[:, None]).contiguous(memory_format=torch.channels_last))


def layer_masks(maps: Tensor, size: Sequence[int], seen: Seen) -> Tensor:
    """Channels of a layer at the size of the image (bilinear), each scaled to [0, 1]; a constant channel becomes NaN.

    Parameters
    ----------
    maps : Tensor
        [k, h', w'].
    size : sequence of int
        Height and width of the image.
    seen : tuple of float
        What the layer is of (StagedNetwork.seen); the rest of a mask is 0.

    Returns
    -------
    Tensor
        [k, h, w].
    """
    from torch.nn import functional

    from gestalt_regions.saliency.placed_maps import placed

    def _enlarge(part: Sequence[int]) -> Tensor:
        large = functional.interpolate(maps[:, None], size=list(part), mode="bilinear", align_corners=False)[:, 0]
        low, high = large.amin((1, 2), keepdim=True), large.amax((1, 2), keepdim=True)
        return (large - low) / (high - low)

    return placed(_enlarge, size, seen)


@method(
    "ScoreCAM",
    family="cam",
    attribution="global",
    paper="Wang et al., 2020",
    signed=False,
    needs=("layer",),
    ranges={"channels": {"minimum": 0}, "weight": {"enum": ("channels", "probability")}},
)
def scorecam(
    explainer: Explainer,
    x: Tensor,
    target: Tensor,
    seeds: Sequence[int],
    *,
    layer: str = "",
    channels: int = 0,
    weight: str = "channels",
    relu: bool = True,
) -> Tensor:
    """ReLU(sum_k w_k A_k); w_k: how much of the class is left of the image seen through A_k scaled to [0, 1].

    One forward pass a channel, no gradient. A channel that is the same everywhere is no mask and has no part.

    Parameters
    ----------
    explainer : Explainer
        The network.
    x : Tensor
        Images [n, c, h, w].
    target : Tensor
        Classes [n].
    seeds : Sequence of int
        One for each image.
    layer : str
        The stage; "": the last feature map.
    channels : int
        How many channels have a part, those that vary most over the places (Faster Score-CAM); 0: all, as published.
    weight : str
        "channels": the softmax over the channels of the logit's increase (the paper's algorithm 1); "probability": the
        class's probability (its text and its code).
    relu : bool
        Whether negative values become 0, as published; there are none where the layer's values are not below 0.

    Returns
    -------
    Tensor
        [n, 1, h', w'].
    """
    import torch

    network, cams = explainer.merged, []
    with torch.no_grad():
        activations = network.run(x, stop=network.layer(layer) + 1)
    for image, maps, chosen in zip(x, activations, target, strict=True):
        spread = maps.var((1, 2))
        maps = maps[spread.argsort(descending=True, stable=True)[: channels or len(maps)]]
        maps = maps[maps.amax((1, 2)) > maps.amin((1, 2))]
        if not len(maps):
            cams.append(activations.new_zeros(1, *activations.shape[2:]))
            continue

        def logits(part: Tensor, image: Tensor = image) -> Tensor:
            return seen_through(explainer, image, layer_masks(part, image.shape[1:], explainer.seen))

        scores = explainer.in_batches(logits, maps)
        # the logit of the image without anything is the same for all channels: the softmax does not see it
        weights = scores[:, chosen].softmax(0) if weight == "channels" else scores.softmax(1)[:, chosen]
        cams.append((weights[:, None, None] * maps).sum(0, keepdim=True))
    return torch.stack(cams).relu() if relu else torch.stack(cams)


def random_masks(seed: int, count: int, cells: int, share: float, size: Sequence[int]) -> tuple[Tensor, Tensor]:
    """The draws behind RISE's masks: which cells are seen, and by how much the grid is shifted.

    Parameters
    ----------
    seed : int
        Of the image.
    count : int
        Number of masks.
    cells : int
        Cells along each side.
    share : float
        Probability that a cell is seen.
    size : sequence of int
        Height and width of the image, pixels.

    Returns
    -------
    tuple of Tensor
        Cells, 0 or 1, float [count, cells, cells], and shifts below a cell's height and width, int [count, 2].
    """
    import torch

    random = torch.Generator().manual_seed(seed)
    grid = (torch.rand((count, cells, cells), generator=random) < share).float()
    shifts = [torch.randint(-(-side // cells), (count,), generator=random) for side in size]
    return grid, torch.stack(shifts, 1)


def grown(grid: Tensor, shifts: Tensor, size: Sequence[int]) -> Tensor:
    """Cells grown bilinearly to an image that is one cell larger than asked for, cropped at the shift.

    Parameters
    ----------
    grid : Tensor
        [m, cells, cells].
    shifts : Tensor
        int [m, 2], along y and x.
    size : sequence of int
        Height and width of the image, pixels.

    Returns
    -------
    Tensor
        [m, h, w].
    """
    import torch
    from torch.nn import functional

    cells, (height, width) = grid.shape[1], size
    whole = [(cells + 1) * -(-side // cells) for side in size]
    large = functional.interpolate(grid[:, None], size=whole, mode="bilinear", align_corners=False)[:, 0]
    return torch.stack([m[y : y + height, x : x + width] for m, (y, x) in zip(large, shifts.tolist(), strict=True)])


@method(
    "RISE",
    family="perturbation",
    attribution="global",
    paper="Petsiuk et al., 2018",
    ranges={
        "masks": {"minimum": 2},
        "cells": {"minimum": 1, "maximum": CROP},
        "share": {"exclusiveMinimum": 0, "maximum": 1},
        "score": {"enum": ("probability", "logit")},
    },
)
def rise(
    explainer: Explainer,
    x: Tensor,
    target: Tensor,
    seeds: Sequence[int],
    *,
    masks: int = 4000,
    cells: int = 7,
    share: float = 0.5,
    score: str = "probability",
    centred: bool = False,
) -> Tensor:
    """sum_i f(image times mask i) mask i / (masks x share): the mean score where the place is seen.

    A mask is a grid of `cells` x `cells`, each seen with the probability `share`, grown bilinearly to one cell more
    than the image and cropped at a random shift; as in the paper's code a cell has ceil(side / cells) pixels. Masks are
    drawn for each image. The paper takes 4,000 to 8,000 of them; the noise of a map falls with their square root.

    Parameters
    ----------
    explainer : Explainer
        The network.
    x : Tensor
        Images [n, c, h, w].
    target : Tensor
        Classes [n].
    seeds : Sequence of int
        One for each image.
    masks : int
        Their number, one forward pass each.
    cells : int
        Along each side.
    share : float
        Probability that a cell is seen.
    score : str
        f: the class's "probability", as published, or its "logit".
    centred : bool
        Whether the mean score where the place is hidden is subtracted, so that a map's level is no longer the image's
        mean score: sum_i (f_i - mean f) mask i / (masks x share x (1 - share)). `share` must then be below 1.

    Returns
    -------
    Tensor
        [n, 1, h, w].

    Raises
    ------
    InputError
        If a map is to be centred and nothing is ever hidden.
    """
    import torch

    from gestalt_regions.core.errors import InputError

    if centred and share == 1:
        raise InputError("RISE with centred: true needs cells that are hidden: share must be below 1")
    size, maps = x.shape[2:], []
    for image, chosen, seed in zip(x, target, seeds, strict=True):
        draws = random_masks(seed, masks, cells, share, size)
        weighted, seen, total = x.new_zeros(size), x.new_zeros(size), x.new_zeros(())
        for grid, shifts in zip(*(draw.split(explainer.batch) for draw in draws), strict=True):
            part = grown(grid.to(x), shifts, size)
            logits = seen_through(explainer, image, part)
            scores = (logits.softmax(1) if score == "probability" else logits)[:, chosen]
            weighted += torch.tensordot(scores, part, 1)
            seen += part.sum(0)
            total += scores.sum()
        if centred:
            weighted = (weighted - total / masks * seen) / (1 - share)
        maps.append(weighted[None] / (masks * share))
    return torch.stack(maps)
