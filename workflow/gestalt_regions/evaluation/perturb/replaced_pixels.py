"""Images with some of their pixels replaced, and what the network says to them.

All functions take a batch of images [n, c, h, w] in the network's input units and work through it in slices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from gestalt_regions.core.seeds import derive
from gestalt_regions.evaluation.perturb.noisy_imputation import noisy_linear_imputation
from gestalt_regions.saliency.methods.control import filtered, gaussian_kernel


def _mean_fill(x: Tensor) -> Tensor:
    """Each channel's mean over its image."""
    return x.mean((2, 3), keepdim=True).expand_as(x)


def _blur_fill(x: Tensor, width: float = 0.1) -> Tensor:
    """The image blurred by a Gaussian whose sd is `width` of its side, one channel at a time."""
    kernel = gaussian_kernel(width * x.shape[3], x)
    return filtered(x.flatten(0, 1)[:, None].contiguous(), kernel, kernel).view(x.shape)


# "zero" is the mean colour of the network's preprocessing
BASELINES: dict[str, Callable[[Tensor], Tensor]] = {"mean": _mean_fill, "blur": _blur_fill, "zero": torch.zeros_like}


def removal_places(maps: Tensor, seeds: Sequence[int]) -> Tensor:
    """Each pixel's place in the order of a map, 0 for the most relevant.

    Equal pixels are put in an order drawn per image: a map that says nothing then removes pixels at random, not from
    the
    top left to the bottom right.

    Parameters
    ----------
    maps : Tensor
        [n, h, w].
    seeds : sequence of int
        One for each map.

    Returns
    -------
    Tensor
        int64 [n, h w].
    """
    places = []
    for values, seed in zip(maps.flatten(1), seeds, strict=True):
        shuffled = torch.randperm(len(values), generator=torch.Generator().manual_seed(seed)).to(values.device)
        order = shuffled[torch.argsort(values[shuffled], descending=True, stable=True)]
        places.append(torch.empty_like(order).scatter_(0, order, torch.arange(len(order), device=order.device)))
    return torch.stack(places)


def first_masks(places: Tensor, shares: Sequence[float], least_first: bool = False) -> Tensor:
    """Which pixels are among the first to go.

    Parameters
    ----------
    places : Tensor
        int64 [n, h w], as `removal_places` gives them.
    shares : sequence of float
        Shares of the pixels; whole pixels, rounded.
    least_first : bool
        Whether the least relevant pixels go first.

    Returns
    -------
    Tensor
        bool [n, shares, h w].
    """
    pixels = places.shape[1]
    places = pixels - 1 - places if least_first else places
    counts = torch.tensor([round(share * pixels) for share in shares], device=places.device)
    return places[:, None] < counts[:, None]


def _in_slices(explain: Callable[[slice], Tensor], n: int, per_image: int, batch: int) -> Tensor:
    """Concatenate `explain` of slices of the n images whose `per_image` copies fill one batch."""
    step = max(1, batch // per_image)
    return torch.cat([explain(slice(start, min(start + step, n))) for start in range(0, n, step)])


@torch.no_grad()
def logits(network: Callable[[Tensor], Tensor], images: Tensor, batch: int) -> Tensor:
    """What the network says to versions of images.

    Parameters
    ----------
    network : callable
        Network input [m, c, h, w] -> logits [m, classes].
    images : Tensor
        k versions of every image, [n, k, c, h, w].
    batch : int
        Images that are passed at a time.

    Returns
    -------
    Tensor
        [n, k, classes].
    """
    flat = images.flatten(0, 1).contiguous(memory_format=torch.channels_last)
    return torch.cat([network(part) for part in flat.split(batch)]).unflatten(0, images.shape[:2])


def _probabilities(network: Callable[[Tensor], Tensor], images: Tensor, target: Tensor, batch: int) -> Tensor:
    """That of each image's target [n], for k versions of every image [n, k, c, h, w]: [n, k]."""
    return logits(network, images, batch).softmax(2)[torch.arange(len(target)), :, target]


def replace(x: Tensor, masks: Tensor, baseline: Tensor) -> Tensor:
    """Versions of images whose masked pixels are those of a baseline.

    Parameters
    ----------
    x : Tensor
        Images [n, c, h, w].
    masks : Tensor
        bool [n, k, h w].
    baseline : Tensor
        [n, c, h, w].

    Returns
    -------
    Tensor
        [n, k, c, h, w].
    """
    masks = masks.unflatten(2, x.shape[2:])[:, :, None]
    return torch.where(masks, baseline[:, None], x[:, None])


def removal_curves(
    network: Callable[[Tensor], Tensor],
    x: Tensor,
    target: Tensor,
    places: Tensor,
    shares: Sequence[float],
    *,
    baseline: str,
    batch: int,
    least_first: bool = False,
) -> Tensor:
    """Probability of the target as the first pixels take the baseline's values.

    Samek et al., 2017; Petsiuk et al., RISE, 2018. Putting pixels into the baseline image, the most relevant first, is
    the
    same curve run backwards with the least relevant removed first.

    Parameters
    ----------
    network : callable
        Network input [m, c, h, w] -> logits [m, classes].
    x : Tensor
        Images [n, c, h, w].
    target : Tensor
        Of each image, the output of the network, [n].
    places : Tensor
        int64 [n, h w], as `removal_places` gives them.
    shares : sequence of float
        Shares of the pixels that are taken away.
    baseline : str
        Of BASELINES.
    batch : int
        Images that are passed at a time.
    least_first : bool
        Whether the least relevant pixels go first.

    Returns
    -------
    Tensor
        [n, shares].
    """

    def _part(rows: slice) -> Tensor:
        masks = first_masks(places[rows], shares, least_first)
        return _probabilities(network, replace(x[rows], masks, BASELINES[baseline](x[rows])), target[rows], batch)

    return _in_slices(_part, len(x), len(shares), batch)


def road_curves(
    network: Callable[[Tensor], Tensor],
    x: Tensor,
    target: Tensor,
    places: Tensor,
    shares: Sequence[float],
    *,
    noise: float | Tensor,
    seeds: Sequence[int],
    batch: int,
    least_first: bool = False,
) -> Tensor:
    """As `removal_curves`, with the removed pixels imputed from their neighbours (ROAD; Rong et al., 2022).

    Parameters
    ----------
    network : callable
        Network input [m, c, h, w] -> logits [m, classes].
    x : Tensor
        Images [n, c, h, w].
    target : Tensor
        Of each image, the output of the network, [n].
    places : Tensor
        int64 [n, h w], as `removal_places` gives them.
    shares : sequence of float
        Shares of the pixels that are imputed.
    noise : float or Tensor
        sd of the noise on imputed pixels, of each channel.
    seeds : sequence of int
        One for each image.
    batch : int
        Images that are passed at a time.
    least_first : bool
        Whether the least relevant pixels go first.

    Returns
    -------
    Tensor
        [n, shares].
    """

    def _part(rows: slice) -> Tensor:
        masks = first_masks(places[rows], shares, least_first).flatten(0, 1).unflatten(1, x.shape[2:])
        copies = x[rows].repeat_interleave(len(shares), 0)
        draws = [derive(seed, share) for seed in seeds[rows] for share in shares]
        imputed = noisy_linear_imputation(copies, masks, noise, draws)
        return _probabilities(network, imputed.unflatten(0, (-1, len(shares))), target[rows], batch)

    return _in_slices(_part, len(x), len(shares), batch)


def random_squares(seeds: Sequence[int], count: int, size: int, smallest: float, largest: float) -> Tensor:
    """Squares in an image, seeded per image.

    Sides are uniform between two shares of the image's side, places uniform within the image.

    Parameters
    ----------
    seeds : sequence of int
        One for each image.
    count : int
        Squares of each image.
    size : int
        Side of the images, in pixels.
    smallest, largest : float
        Least and greatest side, as shares of the image's.

    Returns
    -------
    Tensor
        top, left and side: int64 [n, count, 3].
    """
    squares = []
    for seed in seeds:
        random = torch.Generator().manual_seed(seed)
        side = (size * (smallest + (largest - smallest) * torch.rand(count, generator=random))).round().long()
        side = side.clamp(1, size)
        corner = (torch.rand((count, 2), generator=random) * (size - side + 1)[:, None]).long()
        squares.append(torch.cat([corner, side[:, None]], 1))
    return torch.stack(squares)


def square_masks(squares: Tensor, size: int) -> Tensor:
    """The pixels of squares.

    Parameters
    ----------
    squares : Tensor
        [n, k, 3]: top, left and side.
    size : int
        Side of the images, in pixels.

    Returns
    -------
    Tensor
        bool [n, k, size size].
    """
    along = torch.arange(size, device=squares.device)
    top, left, side = squares.unbind(-1)
    rows = (along >= top[..., None]) & (along < (top + side)[..., None])
    columns = (along >= left[..., None]) & (along < (left + side)[..., None])
    return (rows[..., :, None] & columns[..., None, :]).flatten(2)


def square_drops(network: Callable[[Tensor], Tensor], x: Tensor, squares: Tensor, baseline: str, batch: int) -> Tensor:
    """How far each class's logit falls when each square takes the baseline's values.

    It does not depend on any map: one answer serves every method (Yeh et al., 2019, "square removal").

    Parameters
    ----------
    network : callable
        Network input [m, c, h, w] -> logits [m, classes].
    x : Tensor
        Images [n, c, s, s].
    squares : Tensor
        [n, k, 3]: top, left and side.
    baseline : str
        Of BASELINES.
    batch : int
        Images that are passed at a time.

    Returns
    -------
    Tensor
        [n, k, classes].
    """

    def _part(rows: slice) -> Tensor:
        masks = square_masks(squares[rows], x.shape[3])
        changed = logits(network, replace(x[rows], masks, BASELINES[baseline](x[rows])), batch)
        return logits(network, x[rows, None], batch) - changed

    return _in_slices(_part, len(x), squares.shape[1], batch)


def square_sums(maps: Tensor, squares: Tensor) -> Tensor:
    """Sum of each map over each of its squares, from one table of running sums.

    Parameters
    ----------
    maps : Tensor
        [n, h, w].
    squares : Tensor
        [n, k, 3]: top, left and side.

    Returns
    -------
    Tensor
        float64 [n, k].
    """
    total = torch.nn.functional.pad(maps.double().cumsum(1).cumsum(2), (1, 0, 1, 0))
    top, left, side = squares.unbind(-1)
    row = torch.arange(len(maps), device=maps.device)[:, None]
    low, right = top + side, left + side
    return total[row, low, right] - total[row, top, right] - total[row, low, left] + total[row, top, left]
