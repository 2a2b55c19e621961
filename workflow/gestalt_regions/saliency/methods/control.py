"""Controls: maps that know nothing of the network, or of the image. A method that does no better explains nothing.

All are [n, 1, h, w] and never negative.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gestalt_regions.saliency.method_registry import method

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from gestalt_regions.saliency.explainer import Explainer


def gaussian_kernel(deviation: float, like: Tensor) -> Tensor:
    """Normalised Gaussian weights at -r ... r, r = ceil(4 deviation).

    Parameters
    ----------
    deviation : float
        Standard deviation, pixels.
    like : Tensor
        Whose type and device the weights have.

    Returns
    -------
    Tensor
        [2 r + 1].
    """
    import math

    import torch

    reach = math.ceil(4 * deviation)
    places = torch.arange(-reach, reach + 1, dtype=like.dtype, device=like.device)
    weights = torch.exp(-0.5 * (places / deviation) ** 2)
    return weights / weights.sum()


def filtered(images: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Images correlated with one kernel along each side; beyond the border the edge repeats.

    Parameters
    ----------
    images : Tensor
        [n, 1, h, w].
    rows, columns : Tensor
        Kernels along y and along x, of odd length.

    Returns
    -------
    Tensor
        [n, 1, h, w].
    """
    from torch.nn import functional

    for kernel, side in ((rows, 0), (columns, 1)):
        reach = len(kernel) // 2
        pad = (0, 0, reach, reach) if side == 0 else (reach, reach, 0, 0)
        shape = (1, 1, -1, 1) if side == 0 else (1, 1, 1, -1)
        images = functional.conv2d(functional.pad(images, pad, mode="replicate"), kernel.view(shape))
    return images


@method("Uniform", family="control", attribution="none", paper="own control", signed=False)
def uniform(explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int]) -> Tensor:
    """1 everywhere. A constant map has no min-max scaling: its coefficients are NaN under such a policy.

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

    Returns
    -------
    Tensor
        [n, 1, h, w].
    """
    return x.new_ones((len(x), 1, *x.shape[2:]))


@method("Random", family="control", attribution="none", paper="Adebayo et al., 2018", signed=False, drawn_by_fold=True)
def random(explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int]) -> Tensor:
    """Independent uniform values in [0, 1), drawn for each image and each fold's network.

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

    Returns
    -------
    Tensor
        [n, 1, h, w].
    """
    import torch

    draws = [torch.rand((1, *x.shape[2:]), generator=torch.Generator().manual_seed(seed)) for seed in seeds]
    return torch.stack(draws).to(x)


@method("Sobel", family="control", attribution="none", paper="Adebayo et al., 2018", signed=False)
def sobel(explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int]) -> Tensor:
    """Edges: length of the 3 x 3 Sobel gradient of the mean over channels of the input.

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

    Returns
    -------
    Tensor
        [n, 1, h, w].
    """
    import torch

    grey, change, smooth = x.mean(1, keepdim=True), x.new_tensor([-1, 0, 1]), x.new_tensor([1, 2, 1])
    return torch.hypot(filtered(grey, smooth, change), filtered(grey, change, smooth))


@method(
    "CenteredGaussian",
    family="control",
    attribution="none",
    paper="Judd et al., 2012",
    signed=False,
    ranges={"sigma": {"exclusiveMinimum": 0, "maximum": 1}},
)
def centered_gaussian(
    explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int], *, sigma: float = 0.25
) -> Tensor:
    """A Gaussian bump in the middle of the image, 1 at its top.

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
    sigma : float
        Standard deviation, as a share of each side.

    Returns
    -------
    Tensor
        [n, 1, h, w].
    """
    import torch

    sides = []
    for length in x.shape[2:]:
        places = torch.arange(length, dtype=x.dtype, device=x.device) - (length - 1) / 2
        sides.append(torch.exp(-0.5 * (places / (sigma * length)) ** 2))
    return torch.outer(*sides).expand(len(x), 1, -1, -1).clone()


@method(
    "BlurredInput",
    family="control",
    attribution="none",
    paper="own control",
    signed=False,
    ranges={"sigma": {"exclusiveMinimum": 0, "maximum": 1}},
)
def blurred_input(
    explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int], *, sigma: float = 0.04
) -> Tensor:
    """Brightness: mean over channels of the input, blurred, above its darkest place.

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
    sigma : float
        Standard deviation of the blur, as a share of the width.

    Returns
    -------
    Tensor
        [n, 1, h, w].
    """
    kernel = gaussian_kernel(sigma * x.shape[3], x)
    blurred = filtered(x.mean(1, keepdim=True), kernel, kernel)
    return blurred - blurred.amin((2, 3), keepdim=True)
