"""The matched morph: by how much the answer falls when a face loses what its class adds to a region.

The face stays a face: saliency/morph warps it and changes its texture, by what the fold's own training photographs say
is typical of the class. Effects are made once for a fold and kept with its photographs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from gestalt_regions.saliency.method_registry import method

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from torch import Tensor

    from gestalt_regions.saliency.explainer import Explainer
    from gestalt_regions.saliency.explanation import Explanation
    from gestalt_regions.saliency.given_faces import Faces, GivenFaces
    from gestalt_regions.saliency.morph.morphed_values import MorphValues, Photograph, RegionValues

TAKES = ("training", "landmarks", "regions")
PAPER = "own; Bookstein, 1989"
# further names among the values
REST, OUTSIDE, LEFT = "explained by no region", "outside the face", "left in the whole face"
RANGES: dict[str, dict] = {
    "draws": {"minimum": 0, "maximum": 100},
    "error": {"minimum": 0, "maximum": 10},
    "donors": {"minimum": 1, "maximum": 100},
    "orders": {"minimum": 1, "maximum": 1000},
    "shares": {"minimum": 0, "maximum": 1000},
    "surroundings": {"minimum": 0, "maximum": 100},
    "planted": {"minimum": 0, "maximum": 1000},
}
LEVELS: WeakKeyDictionary[Explainer, dict] = WeakKeyDictionary()  # what networks answer to training photographs


def _ranges(*names: str) -> dict[str, dict]:
    """The ranges of some parameters."""
    return {name: RANGES[name] for name in names}


def _asked(explainer: Explainer, faces: Faces, regions: str, towards: str) -> MorphValues:
    """The network of an explainer, ready to be asked."""
    import torch

    from gestalt_regions.saliency.morph.fold_model import region_signs
    from gestalt_regions.saliency.morph.morphed_values import MorphValues

    def logits(photographs: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            parts = range(0, len(photographs), explainer.batch)
            answers = [explainer.merged(explainer.input(photographs[i : i + explainer.batch])) for i in parts]
        return torch.cat(answers).double().cpu().numpy()

    levels = LEVELS.setdefault(explainer, {})
    return MorphValues(region_signs(faces, regions), logits, towards, levels)


def keep_signs(path: str, explainer: Explainer, faces: Faces) -> None:
    """Write what the morph made once of a fold's photographs and its network.

    Parameters
    ----------
    path : str
        The file (saliency/morph/kept_signs.py).
    explainer : Explainer
        The fold's network.
    faces : Faces
        The study's photographs.
    """
    from gestalt_regions.saliency.morph.kept_signs import keep

    keep(path, faces, LEVELS.get(explainer, {}))


def _explanation(
    ask: Callable[[MorphValues, Photograph, int, int], RegionValues],
    explainer: Explainer,
    x: Tensor,
    target: Tensor,
    seeds: Sequence[int],
    faces: GivenFaces,
    regions: str,
    towards: str,
    surroundings: int,
) -> Explanation:
    """Values of the regions of every image, with the remainder; a map whose means over regions are these values."""
    import numpy as np
    import torch

    from gestalt_regions.saliency.explanation import Explanation
    from gestalt_regions.saliency.morph.shown_faces import photographs
    from gestalt_regions.saliency.morph.value_maps import change_map, value_map

    morph = _asked(explainer, faces.faces, regions, towards)
    photos = photographs(explainer, x, faces)
    maps, rows, pictures = [], [], []
    for photo, row, one, seed in zip(photos, faces.rows, target.tolist(), seeds, strict=True):
        answer = ask(morph, photo, one, seed)
        changes = np.stack([change_map(photo.crop, picture) for picture in answer.pictures])
        maps.append(value_map(answer.values, changes, np.asarray(faces.faces.regions[regions][row])))
        rest = morph.above(photo, one) - answer.values.sum()
        numbers = [(answer.values, answer.low, answer.high), (rest, rest - answer.rest, rest + answer.rest)]
        numbers += [morph.remainder(photo, one, surroundings)] if surroundings else []
        rows.append(np.column_stack([np.stack(each) for each in numbers]))
        pictures.append(answer.pictures)
    values, low, high = np.stack(rows, 1)
    names = (*faces.faces.names[regions], REST, *((OUTSIDE, LEFT) if surroundings else ()))
    attribution = torch.from_numpy(np.stack(maps))[:, None].to(x)
    compared = tuple(morph.compared_with(one) for one in target.tolist())
    return Explanation(attribution, names, values, low, high, np.stack(pictures), compared)


@method(
    "MatchedMorph",
    family="morph",
    attribution="global",
    paper=PAPER,
    ranges=_ranges("draws", "error", "surroundings"),
    beside_maps=("draws", "surroundings"),
    takes=TAKES,
    pictures=True,
    logits=True,
    keeps=keep_signs,
    precision="float32",  # a region's value is a small difference of answers: in bfloat16 one changed by 9 tenths
)
def matched_morph(
    explainer: Explainer,
    x: Tensor,
    target: Tensor,
    seeds: Sequence[int],
    faces: GivenFaces,
    *,
    regions: str = "paper",
    towards: str = "",
    draws: int = 4,
    error: float = 0.7,
    surroundings: int = 3,
) -> Explanation:
    """Drop of the logit when one region at a time loses what its class adds to it.

    Signs are taken so strongly that the whole face, morphed alike, gets the logit of the class it is moved towards.

    Parameters
    ----------
    explainer : Explainer
        The network.
    x : Tensor
        Images [n, c, h, w].
    target : Tensor
        Classes [n].
    seeds : Sequence of int
        One for each image: of the draws.
    faces : GivenFaces
        Photographs, landmarks, region maps.
    regions : str
        The region set.
    towards : str
        The class that faces are moved towards; "" for the control class, or the other classes if there is none. A face
        explained for the class itself keeps its signs: all values are 0.
    draws : int
        Draws of the landmarks around the detected ones, for the interval; below 2 there is none.
    error : float
        Standard deviation of a landmark's error in each axis, pixels of a 112 px crop.
    surroundings : int
        Other photographs whose surroundings are put around the face; 0 leaves the remainder out.

    Returns
    -------
    Explanation
        Values of the regions, and what is outside the face or left in it.
    """

    def _ask(morph: MorphValues, photo: Photograph, one: int, seed: int) -> RegionValues:
        return morph.one_at_a_time(photo, one, draws, error, seed)

    return _explanation(_ask, explainer, x, target, seeds, faces, regions, towards, surroundings)


@method(
    "MatchedMorphShapley",
    family="morph",
    attribution="global",
    paper="own; Shapley, 1953",
    ranges=_ranges("orders", "surroundings"),
    beside_maps=("surroundings",),
    takes=TAKES,
    pictures=True,
    logits=True,
    keeps=keep_signs,
)
def matched_morph_shapley(
    explainer: Explainer,
    x: Tensor,
    target: Tensor,
    seeds: Sequence[int],
    faces: GivenFaces,
    *,
    regions: str = "paper",
    towards: str = "",
    orders: int = 8,
    surroundings: int = 3,
) -> Explanation:
    """Shapley values of the regions and the rest of the face, of the drop by the matched morph.

    Parameters
    ----------
    explainer : Explainer
        The network.
    x : Tensor
        Images [n, c, h, w].
    target : Tensor
        Classes [n].
    seeds : Sequence of int
        One for each image: of the orders.
    faces : GivenFaces
        Photographs, landmarks, region maps.
    regions : str
        The region set.
    towards : str
        As of MatchedMorph.
    orders : int
        Random orders, each also reversed, where there are more than three regions; up to three all are looked at.
    surroundings : int
        As of MatchedMorph.

    Returns
    -------
    Explanation
        Without intervals of the regions.
    """

    def _ask(morph: MorphValues, photo: Photograph, one: int, seed: int) -> RegionValues:
        return morph.over_orders(photo, one, orders, seed)

    return _explanation(_ask, explainer, x, target, seeds, faces, regions, towards, surroundings)


@method(
    "Donors",
    family="morph",
    attribution="global",
    paper="own",
    ranges=_ranges("donors", "surroundings"),
    beside_maps=("surroundings",),
    takes=TAKES,
    pictures=True,
    logits=True,
    keeps=keep_signs,
)
def donors_regions(
    explainer: Explainer,
    x: Tensor,
    target: Tensor,
    seeds: Sequence[int],
    faces: GivenFaces,
    *,
    regions: str = "paper",
    towards: str = "",
    donors: int = 12,
    surroundings: int = 3,
) -> Explanation:
    """Mean drop when one region at a time is that of unaffected faces, fitted to the rest of the face.

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
        Photographs, landmarks, region maps.
    regions : str
        The region set.
    towards : str
        The class of the donors; "" for the control class, or the other classes if there is none.
    donors : int
        How many; the nearest in the rest of the face.
    surroundings : int
        As of MatchedMorph.

    Returns
    -------
    Explanation
        With t-intervals over donors.
    """

    def _ask(morph: MorphValues, photo: Photograph, one: int, seed: int) -> RegionValues:
        return morph.with_donors(photo, one, donors)

    return _explanation(_ask, explainer, x, target, seeds, faces, regions, towards, surroundings)


@method(
    "PredictedRegion",
    family="morph",
    attribution="global",
    paper="own",
    ranges=_ranges("surroundings"),
    beside_maps=("surroundings",),
    takes=TAKES,
    pictures=True,
    logits=True,
    keeps=keep_signs,
)
def predicted_region(
    explainer: Explainer,
    x: Tensor,
    target: Tensor,
    seeds: Sequence[int],
    faces: GivenFaces,
    *,
    regions: str = "paper",
    towards: str = "",
    surroundings: int = 3,
) -> Explanation:
    """Drop when one region at a time becomes what unaffected faces with the same rest of the face have.

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
        Photographs, landmarks, region maps.
    regions : str
        The region set.
    towards : str
        The class that regions are predicted as; "" for the control class, or the other classes if there is none.
    surroundings : int
        As of MatchedMorph.

    Returns
    -------
    Explanation
        The interval is the range over predictions from few and from many components of the rest.
    """

    def _ask(morph: MorphValues, photo: Photograph, one: int, seed: int) -> RegionValues:
        return morph.predicted(photo, one)

    return _explanation(_ask, explainer, x, target, seeds, faces, regions, towards, surroundings)


@method(
    "MorphMean",
    family="morph",
    attribution="global",
    paper="own",
    ranges=_ranges("shares", "planted", "surroundings"),
    beside_maps=("planted", "surroundings"),
    takes=TAKES,
    pictures=True,
    logits=True,
    keeps=keep_signs,
)
def morph_mean(
    explainer: Explainer,
    x: Tensor,
    target: Tensor,
    seeds: Sequence[int],
    faces: GivenFaces,
    *,
    regions: str = "paper",
    towards: str = "",
    shares: int = 10,
    planted: int = 24,
    surroundings: int = 3,
) -> Explanation:
    """Mean of MatchedMorph and PredictedRegion, drawn towards the region's usual share of the logit in the class.

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
        Photographs, landmarks, region maps.
    regions : str
        The region set.
    towards : str
        As of MatchedMorph.
    shares : int
        Training faces of the class from which the usual share is known; 0 leaves the mean as it is.
    planted : int
        Faces on which signs are planted, once for each network: how far values are off there is the interval. 0: the
        interval says how far the three drops disagree.
    surroundings : int
        As of MatchedMorph.

    Returns
    -------
    Explanation
        The interval is a conformal one, as wide for every face of a network, whichever class it is moved towards; or a
        t-interval over the three drops of the two methods.
    """
    from dataclasses import replace

    from gestalt_regions.saliency.morph.planted_faces import half_widths, planted_errors
    from gestalt_regions.saliency.morph.shown_faces import unseen_photographs

    def _ask(morph: MorphValues, photo: Photograph, one: int, seed: int) -> RegionValues:
        answer = morph.mean(photo, one, shares)
        if not planted:
            return answer

        def _widths() -> np.ndarray:
            plain = _asked(explainer, faces.faces, regions, "")  # once, whichever class a face is moved towards
            photos = unseen_photographs(faces.faces)
            return half_widths(
                planted_errors(plain, photos, planted, lambda face, one: plain.mean(face, one, shares).values)
            )

        half = morph.once(("widths", regions, shares, planted), _widths)
        low, high = answer.values - half[:-1], answer.values + half[:-1]
        return replace(answer, low=low, high=high, rest=float(half[-1]))

    return _explanation(_ask, explainer, x, target, seeds, faces, regions, towards, surroundings)
