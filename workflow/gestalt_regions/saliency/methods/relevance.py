"""Methods that hand the target's score down as relevance, layer by layer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gestalt_regions.saliency.method_registry import method
from gestalt_regions.saliency.ways import to_layer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from gestalt_regions.saliency.answering_pass import Way
    from gestalt_regions.saliency.explainer import Explainer
    from gestalt_regions.saliency.propagation.composites import Composite


VARIANT = {"variant": {"enum": ("canonized", "as_published")}}
POOLING = {"pooling": {"enum": ("rescale", "gradient")}}
# Relevance begins as a share of the target's logit, so a logit near 0 makes a map's scale turn on its last digits: in
# bfloat16 coefficients of some faces changed by 9 tenths (docs/reference/saliency_engine.md).
EXACT = "float32"
BACH, FLAT = "Bach et al., 2015", "Bach et al., 2015; Lapuschkin et al., 2019"


def _lrp(variant: str, convolution: str, first: str = "") -> Composite:
    """Relevance rules of a variant: dense layers epsilon, convolutions as given.

    canonized: BatchNorm merged into the linear layer before or after it, residual sums share relevance in proportion.
    as_published: BatchNorm merged into the layer before it alone; both branches of a residual sum get all relevance,
    as the code of Sümer et al. did without a word on networks that are not torchvision's.
    """
    from gestalt_regions.saliency.propagation.composites import Composite

    canonized = variant == "canonized"
    merge, sums = ("both", "proportion") if canonized else ("before", "")
    return Composite(convolution, "epsilon", first, merge, sums)


def _passes(convolution: str, first: str, parameters: Mapping) -> Way:
    """The images pass with relevance as the way back."""
    from gestalt_regions.saliency.propagation.composites import RelevancePass

    return RelevancePass(_lrp(parameters["variant"], convolution, first))


def _excitation(variant: str) -> Composite:
    """Rules of ExcitationBackprop."""
    from gestalt_regions.saliency.propagation.composites import Composite

    if variant == "canonized":
        return Composite("excitation", "excitation", merge="both", sums="excitation")
    return Composite("zplus", "zplus", merge="", passes=False)


def _excites(parameters: Mapping) -> Way | None:
    """The images pass with winning probabilities as the way back; as published, through BatchNorms, on their own."""
    from gestalt_regions.saliency.propagation.composites import RelevancePass

    return RelevancePass(_excitation(parameters["variant"])) if parameters["variant"] == "canonized" else None


def _rescaled(parameters: Mapping) -> Way:
    """The images pass with multipliers as the way back."""
    from gestalt_regions.saliency.propagation.deeplift_rescale import RescaledPass

    return RescaledPass(parameters["baseline"], parameters["pooling"] == "rescale")


@method(
    "LRP-EpsilonPlus",
    family="relevance",
    attribution="global",
    paper=BACH,
    ranges=VARIANT,
    precision=EXACT,
    passes=partial(_passes, "zplus", ""),
)
def epsilon_plus(
    explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int], *, variant: str = "canonized"
) -> Tensor:
    """Convolutions by z+ (positive contributions alone), dense layers by epsilon.

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
    variant : str
        canonized: BatchNorm merged into linear layers, residual sums shared in proportion; as_published: as the code of
        Sümer et al. (2023), which does neither in full.

    Returns
    -------
    Tensor
        The shape of x.
    """
    from gestalt_regions.saliency.propagation.composites import relevance

    return relevance(explainer, x, target, _lrp(variant, "zplus"))


@method(
    "LRP-EpsilonPlusFlat",
    family="relevance",
    attribution="global",
    paper=FLAT,
    ranges=VARIANT,
    precision=EXACT,
    passes=partial(_passes, "zplus", "flat"),
)
def epsilon_plus_flat(
    explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int], *, variant: str = "canonized"
) -> Tensor:
    """As LRP-EpsilonPlus; the first layer shares evenly among the pixels it sees.

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
    variant : str
        canonized: BatchNorm merged into linear layers, residual sums shared in proportion; as_published: as the code of
        Sümer et al. (2023), which does neither in full.

    Returns
    -------
    Tensor
        The shape of x.
    """
    from gestalt_regions.saliency.propagation.composites import relevance

    return relevance(explainer, x, target, _lrp(variant, "zplus", "flat"))


@method(
    "LRP-EpsilonAlpha2Beta1",
    family="relevance",
    attribution="global",
    paper=BACH,
    ranges=VARIANT,
    precision=EXACT,
    passes=partial(_passes, "alpha2beta1", ""),
)
def epsilon_alpha2_beta1(
    explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int], *, variant: str = "canonized"
) -> Tensor:
    """Convolutions by alpha 2, beta 1 (positive contributions twice, less negative ones), dense layers by epsilon.

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
    variant : str
        canonized: BatchNorm merged into linear layers, residual sums shared in proportion; as_published: as the code of
        Sümer et al. (2023), which does neither in full.

    Returns
    -------
    Tensor
        The shape of x.
    """
    from gestalt_regions.saliency.propagation.composites import relevance

    return relevance(explainer, x, target, _lrp(variant, "alpha2beta1"))


@method(
    "LRP-EpsilonAlpha2Beta1Flat",
    family="relevance",
    attribution="global",
    paper=FLAT,
    ranges=VARIANT,
    precision=EXACT,
    passes=partial(_passes, "alpha2beta1", "flat"),
)
def epsilon_alpha2_beta1_flat(
    explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int], *, variant: str = "canonized"
) -> Tensor:
    """As LRP-EpsilonAlpha2Beta1; the first layer shares evenly among the pixels it sees.

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
    variant : str
        canonized: BatchNorm merged into linear layers, residual sums shared in proportion; as_published: as the code of
        Sümer et al. (2023), which does neither in full.

    Returns
    -------
    Tensor
        The shape of x.
    """
    from gestalt_regions.saliency.propagation.composites import relevance

    return relevance(explainer, x, target, _lrp(variant, "alpha2beta1", "flat"))


@method(
    "ExcitationBackprop",
    family="relevance",
    attribution="global",
    paper="Zhang et al., 2018",
    ranges=VARIANT,
    passes=_excites,
)
def excitation_backprop(
    explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int], *, variant: str = "canonized"
) -> Tensor:
    """The probability that each pixel wins, when every unit picks one input in proportion to its positive x w.

    Where every unit has an input that excites it, a map sums to 1.

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
    variant : str
        canonized: as Zhang et al. (2018) write, on the network with BatchNorm merged into linear layers; a residual sum
        is one layer with those before it; activations and max pooling hand all of it on; biases have no part.
        as_published: as the code of Sümer et al. (2023) calls zennit's composite, without a canonizer:
        activations and BatchNorm multiply by their gradients, residual sums give both branches all of it, and positive
        biases take a part.

    Returns
    -------
    Tensor
        The shape of x.
    """
    from gestalt_regions.saliency.propagation.composites import relevance

    return relevance(explainer, x, target, _excitation(variant))


@method(
    "DeepLIFT",
    family="relevance",
    attribution="global",
    paper="Shrikumar et al., 2017",
    ranges=POOLING,
    passes=_rescaled,
)
def deep_lift(
    explainer: Explainer,
    x: Tensor,
    target: Tensor,
    seeds: Sequence[int],
    *,
    baseline: float = 0.0,
    pooling: str = "rescale",
) -> Tensor:
    """Rescale rule against a constant image.

    The sum of a map is logit(input) - logit(baseline).

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
    baseline : float
        In the network's units; 0 is its preprocessing's mean colour.
    pooling : str
        "rescale", or "gradient": repeats what captum computes, and so the published maps, for a network that pools
        right after an activation (any ResNet): max pooling by its plain gradient; the sum is then right for baseline 0
        at best.

    Returns
    -------
    Tensor
        The shape of x.
    """
    from gestalt_regions.saliency.propagation.deeplift_rescale import deeplift

    return deeplift(explainer, x, target, baseline=baseline, pooling=pooling == "rescale")


@method(
    "LayerDeepLIFT",
    family="relevance",
    attribution="global",
    paper="Shrikumar et al., 2017",
    needs=("layer",),
    ranges=POOLING,
    passes=to_layer,
)
def layer_deep_lift(
    explainer: Explainer,
    x: Tensor,
    target: Tensor,
    seeds: Sequence[int],
    *,
    layer: str = "",
    baseline: float = 0.0,
    pooling: str = "rescale",
) -> Tensor:
    """DeepLIFT of a layer's feature map, at its resolution; it sums to the same change of logit.

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
    layer : str
        The stage; "": the last feature map.
    baseline : float
        In the network's units; 0 is its preprocessing's mean colour.
    pooling : str
        As `deep_lift`.

    Returns
    -------
    Tensor
        [n, c, h', w'].
    """
    from gestalt_regions.saliency.propagation.deeplift_rescale import layer_deeplift

    return layer_deeplift(explainer, x, target, layer=layer, baseline=baseline, pooling=pooling == "rescale")
