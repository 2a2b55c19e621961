"""Methods that average plain input gradients."""

from __future__ import annotations

from gestalt_regions.saliency.registry import method


@method("Gradient", family="gradient", paper="Simonyan et al., 2013")
def gradient(explainer, x, target, seeds):
    """d logit / d input."""
    return explainer.gradient(x, target)


@method("SmoothGrad", family="gradient", paper="Smilkov et al., 2017")
def smoothgrad(explainer, x, target, seeds, *, noise=0.1, samples=20):
    """Mean gradient over noisy copies; the noise's sd is `noise` times the image's range, seeded per image.

    As in the published code (zennit) the last of the `samples` copies is noise-free, so samples=1 is Gradient.
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
