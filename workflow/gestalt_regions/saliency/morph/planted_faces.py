"""How far values are off where the truth is known: signs planted on unaffected faces, and taken off again.

No photograph tells what a region is worth to a network. But when the signs of an affected face are put on an
unaffected one, the picture without one of them is at hand too. What the network answers to both is the truth of the
planted face. How far a method's values are from it, over some such faces, is how far they may be off in another.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gestalt_regions.core.errors import InputError
from gestalt_regions.saliency.morph.face_changes import ChangedFace
from gestalt_regions.saliency.morph.morphed_values import LEVEL, MorphValues, Photograph
from gestalt_regions.saliency.morph.region_signs import RegionSigns

Labelled = Sequence[tuple[int, Photograph]]  # photographs with their class
Values = Callable[[Photograph, int], np.ndarray]  # a face and a target -> values of the regions [R], logits


def planted(
    signs: RegionSigns, photo: Photograph, name: str, towards: str, donor: int
) -> tuple[Photograph, np.ndarray]:
    """A face with the signs of another one, and the same without each region's.

    In a region the donor's departure from what its rest predicts is planted; in the rest of the face, the class effect.

    Parameters
    ----------
    signs : RegionSigns
        Of the fold.
    photo : Photograph
        The face.
    name, towards : str
        The donor's class, and what it is compared with.
    donor : int
        A row of the training photographs.

    Returns
    -------
    photo : Photograph
        With all signs; its landmarks are moved as its pixels are.
    without : ndarray
        The face with all signs but those of one region, uint8 [R, s, s, 3].
    """
    faces, p = signs.faces, signs.faces.photographs
    _, others, _ = faces.versus(name, towards)
    measured = faces.measured(p.landmarks[donor], faces.textures[donor], tuple(p.pose[donor]))
    parts = [sum(sizes[1:], sizes[0]) * (1 / len(sizes)) for sizes in signs.departures(measured, others)]
    whole = sum(parts, signs.rest(name, towards))
    face = ChangedFace(faces.mean, photo.crop, photo.landmarks)
    crop, landmarks = face.without(whole * -1), face.landmarks_without(whole * -1)
    without = np.stack([face.without((whole + part * -1) * -1) for part in parts])
    return Photograph(crop, landmarks, photo.pose, photo.kin), without


def planted_errors(morph: MorphValues, photos: Labelled, count: int, values: Values) -> np.ndarray:
    """How far values are off in planted faces.

    Classes take turns. Each takes faces of its comparison, and donors of its own, evenly out of all there are.

    Parameters
    ----------
    morph : MorphValues
        The network and its fold.
    photos : sequence of tuple
        Class and photograph of those that signs may be planted on; best ones that the network was not trained on.
    count : int
        Planted faces.
    values : Callable
        What is asked about a face and a target.

    Returns
    -------
    ndarray
        [n, R + 1], logits: of each region, and of all together; n is `count`, or 0 where no class has enough subjects.
    """
    p, faces, towards = morph.signs.faces.photographs, morph.signs.faces, morph.towards
    usable: list[tuple[int, list[Photograph], np.ndarray]] = []
    for target, name in enumerate(p.classes):
        try:
            _, others, _ = faces.versus(name, towards)
        except InputError:  # a class of too few subjects; it is refused where it is explained
            continue
        those = [photo for label, photo in photos if label in others]
        if target in others or not those:
            continue
        rows = np.flatnonzero(p.labels == target)
        donors = rows[np.sort(np.unique(p.subjects[rows], return_index=True)[1])]
        usable.append((target, those, donors))
    each = math.ceil(count / max(len(usable), 1))
    turns = [
        (target, _evenly(those, i, each), int(_evenly(donors, i, each)))
        for i in range(each)
        for target, those, donors in usable
    ]
    return np.array([_error(morph, *pair, values) for pair in turns[:count]]).reshape(-1, len(morph.signs.names) + 1)


def _evenly(items: Sequence[Any] | np.ndarray, i: int, count: int) -> Any:
    """The i-th of `count` items that lie evenly among all."""
    return items[int((i + 0.5) * len(items) / count)]


def _error(morph: MorphValues, target: int, photo: Photograph, donor: int, values: Values) -> np.ndarray:
    """How far the values of one planted face are off [R + 1]."""
    face, without = planted(morph.signs, photo, morph.classes[target], morph.towards, donor)
    answers = morph.logits(np.concatenate([face.crop[None], without]))[:, target].astype(np.float64)
    error = values(face, target) - (answers[0] - answers[1:])
    return np.append(error, error.sum())


def half_widths(errors: np.ndarray) -> np.ndarray:
    """Half of an interval that would have held the truth of planted faces, by split conformal prediction.

    Each column has its own scale, the mean of its errors. The factor is common: the conformal quantile of all errors in
    these units (Vovk, Gammerman and Shafer 2005). So few faces are enough.

    Parameters
    ----------
    errors : ndarray
        [n, k].

    Returns
    -------
    ndarray
        [k]; NaN without a face.
    """
    if not len(errors):
        return np.full(errors.shape[1], np.nan)
    amounts = np.abs(errors)
    scale = amounts.mean(0)
    scores = np.sort((amounts / np.where(scale > 0, scale, 1)).ravel())
    rank = min(math.ceil((len(scores) + 1) * LEVEL), len(scores))
    return scale * scores[rank - 1]
