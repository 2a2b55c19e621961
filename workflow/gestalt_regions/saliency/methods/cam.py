"""Class activation maps."""

from __future__ import annotations

from gestalt_regions.saliency.registry import method


@method("GradCam", family="cam", paper="Selvaraju et al., 2017", needs_layer=True)
def gradcam(explainer, x, target, seeds, *, layer="", relu=False):
    """sum_k mean(d logit / d A_k) A_k at the resolution of the layer ("": the last feature map).

    The core paper's code takes the absolute value of the map without its ReLU; that is `relu: false`.
    """
    activation, gradient = explainer.layer_gradient(x, target, layer)
    cam = (gradient.mean((2, 3), keepdim=True) * activation).sum(1, keepdim=True)
    return cam.relu() if relu else cam
