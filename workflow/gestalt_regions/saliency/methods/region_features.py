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


class ShownFeatures:
    """Logits of one image by which of its features are shown; each combination passes the network once.

    Parameters
    ----------
    explainer : Explainer
        The network.
    image : Tensor
        [1, c, h, w].
    features : Tensor
        Number of each pixel's feature, int [h, w].
    baseline : float
        The colour of a hidden feature.
    """

    def __init__(self, explainer: Explainer, image: Tensor, features: Tensor, baseline: float) -> None:
        self.explainer, self.image, self.features, self.baseline = explainer, image, features, baseline
        self.known: dict[tuple[bool, ...], Tensor] = {}

    def __call__(self, shown: Tensor) -> Tensor:
        """Logits [m, classes] of combinations [m, features], 1 where a feature is shown."""
        import torch

        asked = [tuple(row) for row in (shown > 0.5).tolist()]
        if new := [each for each in dict.fromkeys(asked) if each not in self.known]:
            hidden = ~torch.tensor(new, device=self.image.device)[:, self.features][:, None]
            images = torch.where(hidden, self.baseline, self.image).contiguous(memory_format=torch.channels_last)
            self.known.update(zip(new, self.explainer.in_batches(self.explainer.merged, images), strict=True))
        return torch.stack([self.known[each] for each in asked])


def by_regions(
    explainer: Explainer,
    x: Tensor,
    target: Tensor,
    seeds: Sequence[int],
    faces: GivenFaces,
    regions: str,
    baseline: float,
    peer: Callable[[Callable[[Tensor], Tensor]], Any],
    **settings: Any,
) -> Tensor:
    """Call captum for one image after the other, each with its own features and its own draws.

    captum is given a vector of ones, one for each feature, in the place of the image, and zeros as its baseline.

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
    baseline : float
        The colour of hidden regions.
    peer : Callable
        captum's class, to be made with a function from combinations of features to logits.
    **settings : dict
        For captum's `attribute`.

    Returns
    -------
    Tensor
        The value of each pixel's feature, [n, 1, h, w].
    """
    import torch

    from gestalt_regions.saliency.seeded_draws import seeded_draws

    stack, maps = faces.faces.regions[regions], []
    for image, chosen, row, seed in zip(x.split(1), target.tolist(), faces.rows, seeds, strict=True):
        # Regions that a face lacks are no features: they are numbered anew, without gaps.
        names, features = torch.unique(torch.from_numpy(stack[row].astype("int64")), return_inverse=True)
        features, all_shown = features.to(x.device), x.new_ones(1, len(names))
        logits = ShownFeatures(explainer, image, features, baseline)
        with seeded_draws(seed, x.device), torch.no_grad():
            if len(names) == 1:  # nothing to share among: captum's samplers divide by zero
                values = (logits(all_shown) - logits(0 * all_shown))[:, chosen]
            else:
                found = peer(logits).attribute(all_shown, target=chosen, baselines=0.0, **settings)
                values = found[0].detach().to(x)
        maps.append(values[features][None])
    return torch.stack(maps)


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

    settings = {"perturbations_per_eval": explainer.batch}
    return by_regions(explainer, x, target, seeds, faces, regions, baseline, FeatureAblation, **settings)


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
        How many. A combination of regions that was shown before passes the network no second time.
    baseline : float
        The colour, in the network's input units; 0 is the mean colour of its preprocessing.

    Returns
    -------
    Tensor
        [n, 1, h, w].
    """
    from captum.attr import ShapleyValueSampling

    settings = {"n_samples": orders, "perturbations_per_eval": explainer.batch}
    return by_regions(explainer, x, target, seeds, faces, regions, baseline, ShapleyValueSampling, **settings)


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
        Well above the number of regions. A combination that was shown before passes the network no second time.
    baseline : float
        The colour of hidden regions, in the network's input units; 0 is the mean colour of its preprocessing.

    Returns
    -------
    Tensor
        [n, 1, h, w].
    """
    from captum.attr import KernelShap

    settings = {"n_samples": samples, "perturbations_per_eval": explainer.batch}
    return by_regions(explainer, x, target, seeds, faces, regions, baseline, KernelShap, **settings)


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
    kernel: float = 0.25,
    shrinkage: float = 1.0,
    baseline: float = 0.0,
) -> Tensor:
    """Coefficients of a ridge regression of the logit on which regions are shown; samples like the image weigh more.

    A sample shows each region with a probability of one half; its weight is exp(-d^2 / (2 kernel^2)), d the cosine
    distance of what is shown to all. Kernel and ridge as in the code of Ribeiro et al.; captum's own lasso makes all
    values 0 where logits differ little.

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
        Well above the number of regions. A combination that was shown before passes the network no second time.
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
    from functools import partial

    from captum._utils.models.linear_model import SkLearnRidge
    from captum.attr import Lime
    from captum.attr._core.lime import get_exp_kernel_similarity_function

    similarity = get_exp_kernel_similarity_function("cosine", kernel)
    ours = partial(Lime, interpretable_model=SkLearnRidge(alpha=shrinkage), similarity_func=similarity)
    settings = {"n_samples": samples, "perturbations_per_eval": explainer.batch}
    return by_regions(explainer, x, target, seeds, faces, regions, baseline, ours, **settings)
