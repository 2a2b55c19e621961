"""Occlusion by a sliding window."""

from __future__ import annotations

from gestalt_regions.saliency.method_registry import method


@method("Occlusion", family="perturbation", paper="Zeiler and Fergus, 2014")
def occlusion(explainer, x, target, seeds, *, window=15, stride=8, baseline=0.0):
    """Drop of the logit when a window x window square (pixels) is set to `baseline` (in the network's input units).

    A pixel's value is the mean drop over the windows that cover it, once for every input channel. Layers recompute
    only what a window can change (saliency/windows/occluded_logits.py).
    """
    maps = mean_drops(explainer, x, lambda outputs, i: outputs[:, target[i]], window, stride, baseline)
    return maps[:, None].expand(-1, x.shape[1], -1, -1)


def mean_drops(explainer, x, score, window, stride, baseline):
    """[n, h, w]: the mean drop of score(outputs [m, classes], number of the image) -> [m] over the windows that cover
    a pixel."""
    import torch

    from gestalt_regions.saliency.windows.occluded_logits import Occluder, cover, groups
    from gestalt_regions.saliency.windows.spans import windows

    rows, columns = (windows(length, window, stride) for length in x.shape[2:])
    tall, wide = groups(rows, columns, explainer.batch)
    occluder, maps = Occluder(explainer.merged), []
    vertical, horizontal = cover(rows, x.shape[2], x), cover(columns, x.shape[3], x)
    covered = torch.outer(vertical.sum(0), horizontal.sum(0)).clamp(min=1)
    with torch.no_grad():
        for i, image in enumerate(x.split(1)):
            whole = occluder.maps(image)
            blocks = [[score(occluder.logits(whole, r, c, baseline), i) for c in wide] for r in tall]
            parts = [torch.cat([b.view(len(r), -1) for b in line], 1) for r, line in zip(tall, blocks, strict=True)]
            drops = score(whole[occluder.program[-1].name], i) - torch.cat(parts)
            maps.append(vertical.T @ drops @ horizontal / covered)
    return torch.stack(maps)
