"""SHAP methods whose reference is a set of real faces: unaffected ones that the network was trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gestalt_regions.saliency.method_registry import method

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from gestalt_regions.saliency.explainer import Explainer
    from gestalt_regions.saliency.given_faces import Faces, GivenFaces

RANGES = {"references": {"minimum": 1}}


def reference_rows(faces: Faces, row: int, target: int, count: int, seed: int) -> list[int]:
    """Training faces of the control class, of other families than a face.

    Without a control class, of all classes but the target.

    Parameters
    ----------
    faces : Faces
        All photographs.
    row : int
        The face.
    target : int
        The class that is explained.
    count : int
        At most how many; drawn where there are more.
    seed : int
        Of the draw.

    Returns
    -------
    list of int
        Rows of the stacks, in order.

    Raises
    ------
    InputError
        If there is none.
    """
    import numpy as np

    from gestalt_regions.core.errors import InputError

    table = faces.table
    wanted = table["label"] == faces.control if faces.control else table["label"] != faces.classes[target]
    usable = np.flatnonzero(faces.training & wanted & (table["kin_group"] != table["kin_group"].iloc[row]))
    if not len(usable):
        kind = f"of class '{faces.control}'" if faces.control else f"of another class than '{faces.classes[target]}'"
        raise InputError(
            f"fold {faces.fold}: no training face {kind} and of another family than sample "
            f"'{table['sample_id'].iloc[row]}'; add such faces or take methods with reference faces out"
        )
    chosen = np.random.default_rng(seed).choice(usable, min(count, len(usable)), replace=False)
    return sorted(chosen.tolist())


@method(
    "DeepLiftShap",
    family="relevance",
    attribution="global",
    paper="Lundberg and Lee, 2017",
    ranges=RANGES,
    takes=("training",),
)
def deep_lift_shap(
    explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int], faces: GivenFaces, *, references: int = 20
) -> Tensor:
    """Mean of DeepLIFT over reference faces: a map sums to logit(image) - mean logit(references).

    By this project's DeepLIFT, as captum's takes the gradient of a PReLU and of a pooling behind an activation, and its
    sums are then wrong; on a network of ReLUs without pooling both are the same.

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
        Where references are taken from: unaffected training faces of other families.
    references : int
        How many, drawn for each image; all if there are no more.

    Returns
    -------
    Tensor
        The shape of x.

    Raises
    ------
    InputError
        If there is no reference, or DeepLIFT has no rule for a part of the network.
    """
    import torch

    from gestalt_regions.saliency.propagation.deeplift_rescale import deeplift

    maps = []
    for image, chosen, row, seed in zip(x, target, faces.rows, seeds, strict=True):
        rows = reference_rows(faces.faces, row, int(chosen), references, seed)
        others = explainer.input(faces.faces.crops[rows]).to(x)

        def towards_image(part: Tensor, classes: Tensor, image: Tensor = image) -> Tensor:
            return deeplift(explainer, part, classes, baseline=image)

        # Multipliers between two images are the same both ways, so the image can be the one reference of a batch.
        maps.append(-explainer.in_batches(towards_image, others, chosen.expand(len(others))).mean(0))
    return torch.stack(maps)


@method(
    "GradientShap",
    family="gradient",
    attribution="global",
    paper="Lundberg and Lee, 2017; Erion et al., 2021",
    ranges={**RANGES, "samples": {"minimum": 1}, "noise": {"minimum": 0}},
    takes=("training",),
)
def gradient_shap(
    explainer: Explainer,
    x: Tensor,
    target: Tensor,
    seeds: Sequence[int],
    faces: GivenFaces,
    *,
    references: int = 20,
    samples: int = 50,
    noise: float = 0.0,
) -> Tensor:
    """Mean of (image - reference) times the gradient at a random point between them; a random reference each time.

    The sum of a map tends to logit(image) - mean logit(references) as `samples` grows.

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
        Where references are taken from: unaffected training faces of other families.
    references : int
        How many, drawn for each image; all if there are no more.
    samples : int
        Gradients.
    noise : float
        Sd of noise on the image, in the network's input units.

    Returns
    -------
    Tensor
        The shape of x.

    Raises
    ------
    InputError
        If there is no reference.
    """
    import torch
    from captum.attr import GradientShap

    from gestalt_regions.saliency.seeded_draws import seeded_draws

    # captum passes all samples at once; here they go in batches that fit.
    def _gradients(_: object, points: tuple[Tensor], chosen: int, *__: object) -> tuple[Tensor]:
        classes = target.new_full((len(points[0]),), chosen)
        with torch.enable_grad():
            return (explainer.in_batches(explainer.gradient, points[0], classes),)

    shap = GradientShap(explainer.merged)
    shap.gradient_func = _gradients
    maps = []
    for image, chosen, row, seed in zip(x.split(1), target.tolist(), faces.rows, seeds, strict=True):
        others = explainer.input(faces.faces.crops[reference_rows(faces.faces, row, chosen, references, seed)])
        with seeded_draws(seed, x.device):
            maps.append(shap.attribute(image, others.to(x), samples, noise, target=chosen).detach())
    return torch.cat(maps)
