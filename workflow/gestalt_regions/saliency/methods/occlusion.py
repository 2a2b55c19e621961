"""Occlusion by a sliding window."""

from __future__ import annotations

from gestalt_regions.saliency.registry import method


def windows(size: int, window: int, stride: int) -> list[tuple[int, int]]:
    """[start, stop) of every window along one side; the last one may be cut at the border (as captum does)."""
    count = max(0, -(-(size - window) // stride)) + 1
    return [(i * stride, min(i * stride + window, size)) for i in range(count)]


@method("Occlusion", family="perturbation", paper="Zeiler and Fergus, 2014")
def occlusion(explainer, x, target, seeds, *, window=15, stride=8, baseline=0.0):
    """Drop of the logit when a window x window square (pixels) is set to `baseline` (in the network's input units).

    A pixel's value is the mean drop over the windows that cover it, once for every input channel.
    """
    import torch

    boxes = [(r, c) for r in windows(x.shape[2], window, stride) for c in windows(x.shape[3], window, stride)]
    covered = torch.zeros(x.shape[2:], device=x.device)
    for (top, bottom), (left, right) in boxes:
        covered[top:bottom, left:right] += 1
    total = torch.zeros((len(x), *x.shape[2:]), device=x.device)
    with torch.no_grad():
        full = explainer.in_batches(explainer.score, x, target)
        for i in range(len(x)):
            for start in range(0, len(boxes), explainer.batch):
                part = boxes[start : start + explainer.batch]
                copies = x[i].repeat(len(part), 1, 1, 1).contiguous(memory_format=torch.channels_last)
                for copy, ((top, bottom), (left, right)) in zip(copies, part, strict=True):
                    copy[:, top:bottom, left:right] = baseline
                drops = full[i] - explainer.score(copies, target[i].expand(len(part)))
                for drop, ((top, bottom), (left, right)) in zip(drops, part, strict=True):
                    total[i, top:bottom, left:right] += drop
    return (total / covered.clamp(min=1))[:, None].expand(-1, x.shape[1], -1, -1)
