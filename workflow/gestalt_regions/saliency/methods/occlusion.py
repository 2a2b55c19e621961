"""Occlusion by a sliding window."""

from __future__ import annotations

from gestalt_regions.saliency.registry import method


@method("Occlusion", family="perturbation", paper="Zeiler and Fergus, 2014")
def occlusion(explainer, x, target, seeds, *, window=15, stride=8, baseline=0.0):
    """Drop of the logit when a window x window square (pixels) is set to `baseline` (in the network's input units).

    A pixel's value is the mean drop over the windows that cover it, once for every input channel. Layers recompute
    only what a window can change (saliency/incremental.py).
    """
    import torch

    from gestalt_regions.saliency.incremental import Occluder, occlusion_batches
    from gestalt_regions.saliency.spans import windows

    rows, columns = (windows(length, window, stride) for length in x.shape[2:])
    occluder = Occluder(explainer.merged)
    covered, total = (torch.zeros((len(x), *x.shape[2:]), device=x.device, dtype=x.dtype) for _ in range(2))
    with torch.no_grad():
        for i in range(len(x)):
            maps = occluder.maps(x[i : i + 1])
            full = maps[occluder.program[-1].name][0, target[i]]
            for tall, wide in occlusion_batches(rows, columns, explainer.batch):
                drops = full - occluder.logits(maps, tall, wide, baseline)[:, target[i]]
                squares = [(r, c) for r in tall for c in wide]
                for drop, ((top, bottom), (left, right)) in zip(drops, squares, strict=True):
                    total[i, top:bottom, left:right] += drop
                    covered[i, top:bottom, left:right] += 1
    return (total / covered.clamp(min=1))[:, None].expand(-1, x.shape[1], -1, -1)
