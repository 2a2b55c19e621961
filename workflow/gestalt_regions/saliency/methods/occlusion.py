"""Occlusion by a sliding window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gestalt_regions.saliency.method_registry import method
from gestalt_regions.saliency.parameter_ranges import CROP

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from gestalt_regions.saliency.explainer import Explainer


@method(
    "Occlusion",
    family="perturbation",
    attribution="global",
    paper="Zeiler and Fergus, 2014",
    ranges={"window": {"minimum": 1, "maximum": CROP}, "stride": {"minimum": 1, "maximum": "window"}},
)
def occlusion(
    explainer: Explainer,
    x: Tensor,
    target: Tensor,
    seeds: Sequence[int],
    *,
    window: int = 15,
    stride: int = 8,
    baseline: float = 0.0,
) -> Tensor:
    """Drop of the logit when a square window is set to one value.

    A pixel's value is the mean drop over the windows that cover it, once for every input channel. Layers recompute only
    what a window can change (saliency/windows/occluded_logits.py).

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
    window : int
        Side of the window, pixels.
    stride : int
        From window to window, pixels; no pixel is left out as long as it is not above the window.
    baseline : float
        In the network's input units.

    Returns
    -------
    Tensor
        The shape of x.
    """
    maps = mean_drops(
        explainer, x, lambda outputs, i: outputs[:, target[i]], window=window, stride=stride, baseline=baseline
    )
    return maps[:, None].expand(-1, x.shape[1], -1, -1)


def mean_drops(
    explainer: Explainer,
    x: Tensor,
    score: Callable[[Tensor, int], Tensor],
    *,
    window: int,
    stride: int,
    baseline: float,
) -> Tensor:
    """The mean drop of a score over the windows that cover a pixel.

    Parameters
    ----------
    explainer : Explainer
        The network.
    x : Tensor
        Images [n, c, h, w].
    score : Callable
        score(outputs [m, classes], number of the image) -> [m].
    window : int
        Side of the window, pixels.
    stride : int
        From window to window, pixels.
    baseline : float
        Value of the window, in the network's input units.

    Returns
    -------
    Tensor
        [n, h, w].
    """
    import torch

    from gestalt_regions.saliency.windows.occluded_logits import Occluder, cover, groups
    from gestalt_regions.saliency.windows.spans import windows

    rows, columns = (windows(length, window, stride) for length in x.shape[2:])
    tall, wide = groups(rows, columns, explainer.batch)
    occluder, maps = Occluder(explainer.merged), []
    vertical, horizontal = cover(rows, x.shape[2], x), cover(columns, x.shape[3], x)
    covered = torch.outer(vertical.sum(0), horizontal.sum(0)).clamp(min=1)
    with torch.no_grad():
        before = None
        for i, image in enumerate(x.split(1)):
            if before is None or not torch.equal(image, before):  # one image may be there for several targets
                whole, before = occluder.maps(image), image
                outputs = [[occluder.logits(whole, r, c, baseline) for c in wide] for r in tall]
            blocks = [[score(output, i) for output in line] for line in outputs]
            parts = [torch.cat([b.view(len(r), -1) for b in line], 1) for r, line in zip(tall, blocks, strict=True)]
            drops = score(whole[occluder.program[-1].name], i) - torch.cat(parts)
            maps.append(vertical.T @ drops @ horizontal / covered)
    return torch.stack(maps)
