"""Class activation maps."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gestalt_regions.saliency.method_registry import method
from gestalt_regions.saliency.ways import by_rule, to_layer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from gestalt_regions.saliency.explainer import Explainer


@method(
    "GradCam",
    family="cam",
    attribution="global",
    paper="Selvaraju et al., 2017",
    needs=("layer",),
    passes=to_layer,
)
def gradcam(
    explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int], *, layer: str = "", relu: bool = False
) -> Tensor:
    """sum_k mean(d logit / d A_k) A_k at the resolution of the layer.

    The core paper's code takes the absolute value of the map without its ReLU; that is `relu: false`.

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
    relu : bool
        Whether negative values become 0.

    Returns
    -------
    Tensor
        [n, 1, h', w'].
    """
    activation, gradient = explainer.layer_gradient(x, target, layer)
    cam = (gradient.mean((2, 3), keepdim=True) * activation).sum(1, keepdim=True)
    return cam.relu() if relu else cam


@method(
    "HiResCAM",
    family="cam",
    attribution="global",
    paper="Draelos and Carin, 2020",
    needs=("layer",),
    passes=to_layer,
)
def hirescam(
    explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int], *, layer: str = "", relu: bool = False
) -> Tensor:
    """sum_k d logit / d A_k times A_k, place by place (Grad-CAM without averaging the gradient over places).

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
    relu : bool
        Whether negative values become 0.

    Returns
    -------
    Tensor
        [n, 1, h', w'].
    """
    activation, gradient = explainer.layer_gradient(x, target, layer)
    cam = (gradient * activation).sum(1, keepdim=True)
    return cam.relu() if relu else cam


@method(
    "EmbeddingGradCam",
    family="cam",
    attribution="global",
    paper="Vijayananth, 2022",
    needs=("layer", "embedding"),
    passes=to_layer,
)
def embedding_gradcam(
    explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int], *, layer: str = "", relu: bool = False
) -> Tensor:
    """Grad-CAM of what makes the embedding e what it is: of half its squared length, whose gradient at e is e itself.

    No class is asked, so `target` has no effect. The thesis back-propagates the embedding in the place of a logit and
    does not print a formula; this is its parameter-free reading. Without the ReLU, as the thesis draws its maps.

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
    relu : bool
        Whether negative values become 0.

    Returns
    -------
    Tensor
        [n, 1, h', w'].
    """
    activation, gradient = explainer.embedding_gradient(x, layer)
    cam = (gradient.mean((2, 3), keepdim=True) * activation).sum(1, keepdim=True)
    return cam.relu() if relu else cam


@method(
    "GuidedGradCam",
    family="cam",
    attribution="local",
    paper="Selvaraju et al., 2017",
    needs=("layer", "rectifier"),
    ranges={"upsampling": {"enum": ("nearest", "bilinear", "bicubic")}},
    passes=partial(by_rule, "guided"),
)
def guided_gradcam(
    explainer: Explainer,
    x: Tensor,
    target: Tensor,
    seeds: Sequence[int],
    *,
    layer: str = "",
    upsampling: str = "nearest",
) -> Tensor:
    """Grad-CAM with its ReLU, upsampled to the input's size, times guided backpropagation.

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
    upsampling : str
        nearest (captum's default, which the published code used), bilinear or bicubic.

    Returns
    -------
    Tensor
        [n, 3, h, w].

    Raises
    ------
    InputError
        For a network without ReLU-like activations.
    """
    from torch.nn import functional

    from gestalt_regions.saliency.placed_maps import placed
    from gestalt_regions.saliency.propagation.changed_backward import RectifiedPass

    smooth = {} if upsampling == "nearest" else {"align_corners": False}
    passed = explainer.passed(RectifiedPass("guided"), x)
    activation, gradient = explainer.layer_gradient(x, target, layer, passed)
    coarse = (gradient.mean((2, 3), keepdim=True) * activation).sum(1, keepdim=True).relu()

    def _enlarge(size: tuple[int, int]) -> Tensor:
        return functional.interpolate(coarse, size, mode=upsampling, **smooth)

    return placed(_enlarge, x.shape[2:], explainer.seen) * passed.gradient(target)


@method(
    "GradCAMPlusPlus",
    family="cam",
    attribution="global",
    paper="Chattopadhay et al., 2018",
    signed=False,
    needs=("layer",),
    passes=to_layer,
)
def gradcam_plus_plus(
    explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int], *, layer: str = "", relu: bool = True
) -> Tensor:
    """Grad-CAM++: ReLU(sum_k w_k A_k), w_k = sum over places of a ReLU(g), with g = d logit / d A_k at the place.

    a = g^2 / (2 g^2 + g^3 sum A_k).

    The paper takes exp(logit) as its score; as in its code the higher derivatives are powers of g, which is exact where
    activations are ReLUs. Without the factor exp(logit), which all places of a map share. The paper's A_k has no value
    below 0; on a layer that has some they take no part in the sum of a, whose denominator could else be 0.

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
    relu : bool
        Whether negative values become 0, as published; there are none where the layer's values are not below 0.

    Returns
    -------
    Tensor
        [n, 1, h', w'].
    """
    activation, gradient = explainer.layer_gradient(x, target, layer)
    rising = gradient.relu()  # elsewhere the product a ReLU(g) is 0
    weights = (rising / (2 + rising * activation.relu().sum((2, 3), keepdim=True))).sum((2, 3), keepdim=True)
    cam = (weights * activation).sum(1, keepdim=True)
    return cam.relu() if relu else cam


@method(
    "LayerCAM",
    family="cam",
    attribution="global",
    paper="Jiang et al., 2021",
    signed=False,
    needs=("layer",),
    passes=to_layer,
)
def layercam(
    explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int], *, layer: str = "", relu: bool = True
) -> Tensor:
    """ReLU(sum_k ReLU(d logit / d A_k) A_k), place by place.

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
    relu : bool
        Whether negative values become 0, as published; there are none where the layer's values are not below 0.

    Returns
    -------
    Tensor
        [n, 1, h', w'].
    """
    activation, gradient = explainer.layer_gradient(x, target, layer)
    cam = (gradient.relu() * activation).sum(1, keepdim=True)
    return cam.relu() if relu else cam
