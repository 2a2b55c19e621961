"""Controls: maps that know nothing of the network, or of the image. A method that does no better explains nothing.

All are [n, 1, h, w] and never negative.
"""

from __future__ import annotations

from gestalt_regions.core.errors import InputError
from gestalt_regions.saliency.method_registry import method


def gaussian_kernel(deviation, like):
    """Normalised weights at -r ... r, r = ceil(4 deviation) pixels, on the device of `like`."""
    import math

    import torch

    reach = math.ceil(4 * deviation)
    places = torch.arange(-reach, reach + 1, dtype=like.dtype, device=like.device)
    weights = torch.exp(-0.5 * (places / deviation) ** 2)
    return weights / weights.sum()


def filtered(images, rows, columns):
    """[n, 1, h, w] correlated with `rows` along y and `columns` along x; beyond the border the edge repeats."""
    from torch.nn import functional

    for kernel, side in ((rows, 0), (columns, 1)):
        reach = len(kernel) // 2
        pad = (0, 0, reach, reach) if side == 0 else (reach, reach, 0, 0)
        shape = (1, 1, -1, 1) if side == 0 else (1, 1, 1, -1)
        images = functional.conv2d(functional.pad(images, pad, mode="replicate"), kernel.view(shape))
    return images


def _positive(name, value):
    if value <= 0:
        raise InputError(f"{name}: sigma is {value}; it must be a share of the image's side above 0")


@method("Uniform", family="control", paper="own control", signed=False)
def uniform(explainer, x, target, seeds):
    """1 everywhere. A constant map has no min-max scaling: its coefficients are NaN under such a policy."""
    return x.new_ones((len(x), 1, *x.shape[2:]))


@method("Random", family="control", paper="Adebayo et al., 2018", signed=False)
def random(explainer, x, target, seeds):
    """Independent uniform values in [0, 1), seeded per image."""
    import torch

    draws = [torch.rand((1, *x.shape[2:]), generator=torch.Generator().manual_seed(seed)) for seed in seeds]
    return torch.stack(draws).to(x)


@method("Sobel", family="control", paper="Adebayo et al., 2018", signed=False)
def sobel(explainer, x, target, seeds):
    """Edges: length of the 3 x 3 Sobel gradient of the mean over channels of the input."""
    import torch

    grey, change, smooth = x.mean(1, keepdim=True), x.new_tensor([-1, 0, 1]), x.new_tensor([1, 2, 1])
    return torch.hypot(filtered(grey, smooth, change), filtered(grey, change, smooth))


@method("CenteredGaussian", family="control", paper="Judd et al., 2012", signed=False)
def centered_gaussian(explainer, x, target, seeds, *, sigma=0.25):
    """A Gaussian bump in the middle of the image, 1 at its top; `sigma` is a share of each side."""
    import torch

    _positive("CenteredGaussian", sigma)
    sides = []
    for length in x.shape[2:]:
        places = torch.arange(length, dtype=x.dtype, device=x.device) - (length - 1) / 2
        sides.append(torch.exp(-0.5 * (places / (sigma * length)) ** 2))
    return torch.outer(*sides).expand(len(x), 1, -1, -1).clone()


@method("BlurredInput", family="control", paper="own control", signed=False)
def blurred_input(explainer, x, target, seeds, *, sigma=0.04):
    """Brightness: mean over channels of the input, blurred (sd `sigma` x the width), above its darkest place."""
    _positive("BlurredInput", sigma)
    kernel = gaussian_kernel(sigma * x.shape[3], x)
    blurred = filtered(x.mean(1, keepdim=True), kernel, kernel)
    return blurred - blurred.amin((2, 3), keepdim=True)
