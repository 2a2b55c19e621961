"""Methods that use plain input gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gestalt_regions.saliency.method_registry import method
from gestalt_regions.saliency.ways import to_images

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from gestalt_regions.saliency.explainer import Explainer


@method("Gradient", family="gradient", attribution="local", paper="Simonyan et al., 2013", passes=to_images)
def gradient(explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int]) -> Tensor:
    """d logit / d input.

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
        The shape of x.
    """
    return explainer.gradient(x, target)


@method(
    "Saliency", family="gradient", attribution="local", paper="Simonyan et al., 2013", signed=False, passes=to_images
)
def saliency(explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int]) -> Tensor:
    """The largest |d logit / d input| over the channels.

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
    return explainer.gradient(x, target).abs().amax(1, keepdim=True)


@method("InputXGradient", family="gradient", attribution="global", paper="Shrikumar et al., 2016", passes=to_images)
def input_x_gradient(explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int]) -> Tensor:
    """Input (in the network's units) times d logit / d input.

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
        The shape of x.
    """
    return x * explainer.gradient(x, target)


@method(
    "IntegratedGradients",
    family="gradient",
    attribution="global",
    paper="Sundararajan et al., 2017",
    ranges={"samples": {"minimum": 1}},
)
def integrated_gradients(
    explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int], *, samples: int = 20, baseline: float = 0.0
) -> Tensor:
    """(input - baseline) times the mean gradient at baseline + k / samples (input - baseline), k = 1 ... samples.

    This right Riemann sum ends at the image itself and is that of the published code (zennit, n_iter=20). The sum of a
    map tends to logit(input) - logit(baseline) as `samples` grows.

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
    samples : int
        Steps of the sum.
    baseline : float
        In the network's input units: 0 is the mean colour of its preprocessing.

    Returns
    -------
    Tensor
        The shape of x.
    """
    import torch

    along = torch.arange(1, samples + 1, dtype=x.dtype, device=x.device).view(1, -1, 1, 1, 1) / samples
    per_run, parts = max(1, explainer.batch // samples), []
    for images, classes in zip(x.split(per_run), target.split(per_run), strict=True):
        path = (baseline + along * (images - baseline)[:, None]).flatten(0, 1)
        path = path.contiguous(memory_format=torch.channels_last)
        gradients = explainer.in_batches(explainer.gradient, path, classes.repeat_interleave(samples))
        parts.append(gradients.unflatten(0, (len(images), samples)).mean(1) * (images - baseline))
    return torch.cat(parts)


@method(
    "SmoothGrad",
    family="gradient",
    attribution="local",
    paper="Smilkov et al., 2017",
    ranges={"noise": {"minimum": 0}, "samples": {"minimum": 1}},
    passes=to_images,
)
def smoothgrad(
    explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int], *, noise: float = 0.1, samples: int = 20
) -> Tensor:
    """Mean gradient over noisy copies.

    As in the published code (zennit) the last of the `samples` copies is noise-free, so samples=1 is Gradient.

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
    noise : float
        The noise's sd, as a share of the image's range.
    samples : int
        Copies.

    Returns
    -------
    Tensor
        The shape of x.
    """
    import torch

    deviation = noise * (x.amax((1, 2, 3)) - x.amin((1, 2, 3)))
    total = explainer.in_batches(explainer.gradient, x, target)
    per_run = max(1, explainer.batch // (samples - 1)) if samples > 1 else 1
    for start in range(0, len(x) if samples > 1 else 0, per_run):
        images = range(start, min(start + per_run, len(x)))
        noisy = []
        for i in images:
            random = torch.Generator().manual_seed(seeds[i])
            draws = torch.randn((samples - 1, *x.shape[1:]), generator=random).to(x.device)
            noisy.append(x[i] + deviation[i] * draws)
        repeated = target[start : start + len(images)].repeat_interleave(samples - 1)
        copies = torch.cat(noisy).contiguous(memory_format=torch.channels_last)
        gradients = explainer.in_batches(explainer.gradient, copies, repeated)
        total[start : start + len(images)] += gradients.unflatten(0, (len(images), samples - 1)).sum(1)
    return total / samples
