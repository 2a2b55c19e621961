"""A saliency method: the gradient, made even for a face and its mirror image."""

from gestalt_regions.saliency.method_registry import method


@method(
    "FlippedGradient",
    family="gradient",
    attribution="local",
    paper="example of docs/contribute",
    ranges={"weight": {"minimum": 0, "maximum": 1}},
)
def flipped_gradient(explainer, x, target, seeds, *, weight=0.5):
    """Mean of the gradient and of that of the mirrored image, mirrored back; x [n, c, h, w], target [n]."""
    mirrored = explainer.gradient(x.flip(-1), target).flip(-1)
    return (1 - weight) * explainer.gradient(x, target) + weight * mirrored
