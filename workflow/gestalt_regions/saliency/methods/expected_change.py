"""The change that a class makes of a face, no network asked: as a control, and times another method's map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.saliency.method_registry import load_methods, method

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from gestalt_regions.saliency.explainer import Explainer
    from gestalt_regions.saliency.given_faces import GivenFaces

TAKES = ("training", "landmarks")


@method("ExpectedChange", family="control", attribution="none", paper="own control", signed=False, takes=TAKES)
def expected_change(
    explainer: Explainer, x: Tensor, target: Tensor, seeds: Sequence[int], faces: GivenFaces, *, towards: str = ""
) -> Tensor:
    """How much every pixel changes when the whole face loses what its class adds to it. No network is asked.

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
        Photographs and landmarks.
    towards : str
        As of MatchedMorph.

    Returns
    -------
    Tensor
        [n, 1, h, w], mean absolute change of the channels in grey levels.
    """
    import numpy as np
    import torch

    from gestalt_regions.saliency.morph.face_changes import ChangedFace
    from gestalt_regions.saliency.morph.fold_model import typical_faces
    from gestalt_regions.saliency.morph.shown_faces import photographs
    from gestalt_regions.saliency.morph.value_maps import change_map

    typical, maps = typical_faces(faces.faces), []
    for photo, one in zip(photographs(explainer, x, faces), target.tolist(), strict=True):
        sign = typical.whole(faces.faces.classes[one], towards)
        changed = ChangedFace(typical.mean, photo.crop, photo.landmarks).without(sign)
        maps.append(change_map(photo.crop, changed))
    return torch.from_numpy(np.stack(maps))[:, None].to(x)


@method(
    "TimesChange",
    family="morph",
    attribution="global",
    paper="own",
    signed=False,
    ranges={"blur": {"exclusiveMinimum": 0, "maximum": 1}},
    takes=TAKES,
)
def times_change(
    explainer: Explainer,
    x: Tensor,
    target: Tensor,
    seeds: Sequence[int],
    faces: GivenFaces,
    *,
    of: str = "GuidedBackprop",
    towards: str = "",
    blur: float = 0.018,
) -> Tensor:
    """Another method's map, absolute, times the expected change of the face.

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
        Photographs and landmarks.
    of : str
        The other method, with its default parameters. What it needs of a network is not checked before it runs.
    towards : str
        As of MatchedMorph.
    blur : float
        Standard deviation of the change's blur, as a share of the width.

    Returns
    -------
    Tensor
        [n, 1, h, w].

    Raises
    ------
    InputError
        If there is no such method, or it takes photographs itself.
    """
    import torch

    from gestalt_regions.saliency.engine import channel_sums
    from gestalt_regions.saliency.methods.control import filtered, gaussian_kernel

    known = {name: each for name, each in load_methods().items() if not each.takes}
    if of not in known:
        raise InputError(f"of: no saliency method '{of}' that takes images alone; {nearest(of, known)}")
    result = known[of].run(explainer, x, target, seeds, **known[of].parameters)
    assert isinstance(result, torch.Tensor)  # a method that takes images alone gives a map alone
    absolute = torch.from_numpy(channel_sums(result.detach(), x.shape[3], explainer.seen)[:, 1:]).to(x)
    kernel = gaussian_kernel(blur * x.shape[3], x)
    return absolute * filtered(expected_change(explainer, x, target, seeds, faces, towards=towards), kernel, kernel)
