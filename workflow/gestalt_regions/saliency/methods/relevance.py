"""Methods that hand the target's score down as relevance, layer by layer."""

from __future__ import annotations

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.saliency.method_registry import method

VARIANTS = ("canonized", "as_published")
POOLINGS = ("rescale", "gradient")
BACH, FLAT = "Bach et al., 2015", "Bach et al., 2015; Lapuschkin et al., 2019"


def _check(name, variant):
    if variant not in VARIANTS:
        raise InputError(f"{name}: variant is '{variant}'; {nearest(variant, VARIANTS)}")


def _pools_by_rule(name, pooling):
    if pooling not in POOLINGS:
        raise InputError(f"{name}: pooling is '{pooling}'; {nearest(pooling, POOLINGS)}")
    return pooling == "rescale"


def _lrp(name, variant, convolution, first=""):
    """Relevance rules of a variant: dense layers epsilon, convolutions as given.

    canonized: BatchNorm merged into the linear layer before or after it, residual sums share relevance in proportion.
    as_published: BatchNorm merged into the layer before it alone; both branches of a residual sum get all relevance,
    as the code of Sümer et al. did without a word on networks that are not torchvision's.
    """
    from gestalt_regions.saliency.propagation.composites import Composite

    _check(name, variant)
    canonized = variant == "canonized"
    return Composite(convolution, "epsilon", first, merge="both" if canonized else "before", sums=canonized)


@method("LRP-EpsilonPlus", family="relevance", paper=BACH)
def epsilon_plus(explainer, x, target, seeds, *, variant="canonized"):
    """Convolutions by z+ (positive contributions alone), dense layers by epsilon."""
    from gestalt_regions.saliency.propagation.composites import relevance

    return relevance(explainer, x, target, _lrp("LRP-EpsilonPlus", variant, "zplus"))


@method("LRP-EpsilonPlusFlat", family="relevance", paper=FLAT)
def epsilon_plus_flat(explainer, x, target, seeds, *, variant="canonized"):
    """As LRP-EpsilonPlus; the first layer shares evenly among the pixels it sees."""
    from gestalt_regions.saliency.propagation.composites import relevance

    return relevance(explainer, x, target, _lrp("LRP-EpsilonPlusFlat", variant, "zplus", "flat"))


@method("LRP-EpsilonAlpha2Beta1", family="relevance", paper=BACH)
def epsilon_alpha2_beta1(explainer, x, target, seeds, *, variant="canonized"):
    """Convolutions by alpha 2, beta 1 (positive contributions twice, less negative ones), dense layers by epsilon."""
    from gestalt_regions.saliency.propagation.composites import relevance

    return relevance(explainer, x, target, _lrp("LRP-EpsilonAlpha2Beta1", variant, "alpha2beta1"))


@method("LRP-EpsilonAlpha2Beta1Flat", family="relevance", paper=FLAT)
def epsilon_alpha2_beta1_flat(explainer, x, target, seeds, *, variant="canonized"):
    """As LRP-EpsilonAlpha2Beta1; the first layer shares evenly among the pixels it sees."""
    from gestalt_regions.saliency.propagation.composites import relevance

    return relevance(explainer, x, target, _lrp("LRP-EpsilonAlpha2Beta1Flat", variant, "alpha2beta1", "flat"))


@method("ExcitationBackprop", family="relevance", paper="Zhang et al., 2018")
def excitation_backprop(explainer, x, target, seeds, *, variant="as_published"):
    """Every linear layer by z+, average pooling in proportion.

    as_published: activations and BatchNorm multiply by their gradients and residual sums give both branches all of it
    (zennit's composite without a canonizer, as the published code calls it). canonized: as for LRP.
    """
    from gestalt_regions.saliency.propagation.composites import Composite, relevance

    _check("ExcitationBackprop", variant)
    canonized = variant == "canonized"
    rules = Composite("zplus", "zplus", merge="both" if canonized else "", sums=canonized, passes=canonized)
    return relevance(explainer, x, target, rules)


@method("DeepLIFT", family="relevance", paper="Shrikumar et al., 2017")
def deep_lift(explainer, x, target, seeds, *, baseline=0.0, pooling="rescale"):
    """Rescale rule against a constant image (`baseline` in the network's units; 0 is its preprocessing's mean colour).

    The sum of a map is logit(input) - logit(baseline). `pooling: gradient` repeats what captum computes, and so the
    published maps, for a network that pools right after an activation (any ResNet): max pooling by its plain gradient;
    the sum is then right for baseline 0 at best.
    """
    from gestalt_regions.saliency.propagation.deeplift_rescale import deeplift

    return deeplift(explainer, x, target, baseline, _pools_by_rule("DeepLIFT", pooling))


@method("LayerDeepLIFT", family="relevance", paper="Shrikumar et al., 2017", needs=("layer",))
def layer_deep_lift(explainer, x, target, seeds, *, layer="", baseline=0.0, pooling="rescale"):
    """DeepLIFT of a layer's feature map ("": the last one), at its resolution; it sums to the same change of logit."""
    from gestalt_regions.saliency.propagation.deeplift_rescale import layer_deeplift

    return layer_deeplift(explainer, x, target, layer, baseline, _pools_by_rule("LayerDeepLIFT", pooling))
