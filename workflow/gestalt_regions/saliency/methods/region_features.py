"""captum's methods that hide whole features, with the regions of the face as features.

All pixels outside every region are one feature more. A hidden feature has one colour. Every pixel of a region has the
value of its region, in logits: the mean of a map over a region (equation 4, signed, raw) is that value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gestalt_regions.saliency.method_registry import method

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from torch import Tensor

    from gestalt_regions.saliency.explainer import Explainer
    from gestalt_regions.saliency.given_faces import GivenFaces


def by_regions(
    explainer: Explainer,
    x: Tensor,
    target: Tensor,
    seeds: Sequence[int],
    faces: GivenFaces,
    regions: str,
    attribute: Callable[..., Tensor],
    **settings: Any,
) -> Tensor:
    """Call captum for one image after the other, each with its own features and its own draws.

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
    faces : GivenFaces
        Whose region maps are the features.
    regions : str
        The region set.
    attribute : Callable
        captum's `attribute` of the network.
    **settings : dict
        For `attribute`.

    Returns
    -------
    Tensor
        The value of each pixel's feature, [n, 1, h, w].
    """
    import torch

    from gestalt_regions.saliency.seeded_draws import seeded_draws

    stack, maps = faces.faces.regions[regions], []
    for image, chosen, row, seed in zip(x.split(1), target.tolist(), faces.rows, seeds, strict=True):
        # Regions that a face lacks are no features: captum counts from 0 without gaps.
        names, features = torch.unique(torch.from_numpy(stack[row].astype("int64")), return_inverse=True)
        features = features.to(x.device)[None, None]
        with seeded_draws(seed, x.device), torch.no_grad():
            if len(names) == 1:  # nothing to share among: captum's samplers divide by zero
                change = explainer.merged(image) - explainer.merged(torch.full_like(image, settings["baselines"]))
                maps.append(change[0, chosen].expand(1, 1, *x.shape[2:]))
            else:
                values = attribute(image, target=chosen, feature_mask=features, **settings)
                maps.append(values[:, :1].detach().to(x))
    return torch.cat(maps)


@method(
    "FeatureAblation",
    family="perturbation",
    attribution="global",
    paper="captum; Zeiler and Fergus, 2014",
    takes=("regions",),
    logits=True,
)
def feature_ablation(
    explainer: Explainer,
    x: Tensor,
    target: Tensor,
    seeds: Sequence[int],
    faces: GivenFaces,
    *,
    regions: str = "paper",
    baseline: float = 0.0,
) -> Tensor:
    """logit(image) - logit(image with the region in one colour): occlusion by regions.

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
    faces : GivenFaces
        Region maps.
    regions : str
        The region set.
    baseline : float
        The colour, in the network's input units; 0 is the mean colour of its preprocessing.

    Returns
    -------
    Tensor
        [n, 1, h, w].
    """
    from captum.attr import FeatureAblation

    attribute = FeatureAblation(explainer.merged).attribute
    settings = {"baselines": baseline, "perturbations_per_eval": explainer.batch}
    return by_regions(explainer, x, target, seeds, faces, regions, attribute, **settings)


@method(
    "ShapleyValueSampling",
    family="perturbation",
    attribution="global",
    paper="Castro et al., 2009",
    ranges={"orders": {"minimum": 1}},
    takes=("regions",),
    logits=True,
)
def shapley_value_sampling(
    explainer: Explainer,
    x: Tensor,
    target: Tensor,
    seeds: Sequence[int],
    faces: GivenFaces,
    *,
    regions: str = "paper",
    orders: int = 25,
    baseline: float = 0.0,
) -> Tensor:
    """Mean over random orders of how much the logit rises when the region is added to those before it.

    The regions' values and that of the pixels outside sum to logit(image) - logit(one colour), for any number of
    orders.

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
    faces : GivenFaces
        Region maps.
    regions : str
        The region set.
    orders : int
        How many; each takes one forward pass a region.
    baseline : float
        The colour, in the network's input units; 0 is the mean colour of its preprocessing.

    Returns
    -------
    Tensor
        [n, 1, h, w].
    """
    from captum.attr import ShapleyValueSampling

    attribute = ShapleyValueSampling(explainer.merged).attribute
    settings = {"baselines": baseline, "n_samples": orders, "perturbations_per_eval": explainer.batch}
    return by_regions(explainer, x, target, seeds, faces, regions, attribute, **settings)


@method(
    "KernelShap",
    family="perturbation",
    attribution="global",
    paper="Lundberg and Lee, 2017",
    ranges={"samples": {"minimum": 2}},
    takes=("regions",),
    logits=True,
)
def kernel_shap(
    explainer: Explainer,
    x: Tensor,
    target: Tensor,
    seeds: Sequence[int],
    faces: GivenFaces,
    *,
    regions: str = "paper",
    samples: int = 200,
    baseline: float = 0.0,
) -> Tensor:
    """Shapley values as the coefficients of a linear model of the logit given which regions are shown.

    Samples are drawn by the Shapley kernel; all and none shown have a weight that forces the model through them.

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
    faces : GivenFaces
        Region maps.
    regions : str
        The region set.
    samples : int
        Forward passes; well above the number of regions.
    baseline : float
        The colour of hidden regions, in the network's input units; 0 is the mean colour of its preprocessing.

    Returns
    -------
    Tensor
        [n, 1, h, w].
    """
    from captum.attr import KernelShap

    attribute = KernelShap(explainer.merged).attribute
    settings = {"baselines": baseline, "n_samples": samples, "perturbations_per_eval": explainer.batch}
    return by_regions(explainer, x, target, seeds, faces, regions, attribute, **settings)


@method(
    "Lime",
    family="perturbation",
    attribution="global",
    paper="Ribeiro et al., 2016",
    ranges={
        "samples": {"minimum": 2},
        "kernel": {"exclusiveMinimum": 0},
        "shrinkage": {"minimum": 0},
    },
    takes=("regions",),
    logits=True,
)
def lime(
    explainer: Explainer,
    x: Tensor,
    target: Tensor,
    seeds: Sequence[int],
    faces: GivenFaces,
    *,
    regions: str = "paper",
    samples: int = 200,
    kernel: float = 1.0,
    shrinkage: float = 1.0,
    baseline: float = 0.0,
) -> Tensor:
    """Coefficients of a ridge regression of the logit on which regions are shown; samples like the image weigh more.

    A sample shows each region with a probability of one half; its weight is exp(-d^2 / (2 kernel^2)), d the cosine
    distance of its pixels to the image's; both as captum's defaults. Ridge as in the code of Ribeiro et al.: captum's
    lasso makes all values 0 where logits differ little.

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
    faces : GivenFaces
        Region maps.
    regions : str
        The region set.
    samples : int
        Forward passes; well above the number of regions.
    kernel : float
        Width of the kernel, cosine distance.
    shrinkage : float
        The ridge's penalty; 0 is least squares.
    baseline : float
        The colour of hidden regions, in the network's input units; 0 is the mean colour of its preprocessing.

    Returns
    -------
    Tensor
        [n, 1, h, w].
    """
    from captum._utils.models.linear_model import SkLearnRidge
    from captum.attr import Lime
    from captum.attr._core.lime import get_exp_kernel_similarity_function

    similarity = get_exp_kernel_similarity_function("cosine", kernel)
    attribute = Lime(explainer.merged, SkLearnRidge(alpha=shrinkage), similarity).attribute
    settings = {"baselines": baseline, "n_samples": samples, "perturbations_per_eval": explainer.batch}
    return by_regions(explainer, x, target, seeds, faces, regions, attribute, **settings)
