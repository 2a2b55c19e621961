"""Shape of a person without any syndrome: age, sex, ancestry and ordinary variation, as morph target weights."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gestalt_regions.cohort.simulated.head.head_model import AGES
from gestalt_regions.cohort.simulated.people.recipes import both_sides
from gestalt_regions.cohort.simulated.people.subjects import Person
from gestalt_regions.core.seeds import generator

# Opposite target pairs of ordinary variation: (towards +, towards -); `lr-` moves both sides.
IDENTITY = tuple(
    (f"{stem}-{plus}", f"{stem}-{minus}")
    for stems, plus, minus in (
        (
            "nose-scale-horiz nose-scale-vert nose-scale-depth nose-hump nose-greek nose-volume nose-flaring "
            "nose-width1 nose-width2 nose-width3 nose-point-width nose-nostrils-width nose-septumangle "
            "mouth-scale-horiz mouth-scale-vert mouth-upperlip-volume mouth-lowerlip-volume mouth-upperlip-height "
            "mouth-lowerlip-height mouth-cupidsbow mouth-philtrum-volume chin-width chin-height chin-prominent "
            "chin-bones chin-prognathism forehead-scale-vert forehead-nubian forehead-temple head-scale-horiz "
            "head-scale-vert head-fat lr-cheek-volume lr-cheek-bones lr-cheek-inner lr-ear-scale lr-ear-wing "
            "lr-ear-lobe lr-eye-scale lr-eye-height1 lr-eye-height2 lr-eye-height3 lr-eye-bag",
            "incr",
            "decr",
        ),
        (
            "nose-point nose-base nose-trans mouth-angles mouth-trans eyebrows-angle eyebrows-trans lr-eye-corner1 "
            "lr-eye-corner2 lr-eye-trans lr-eye-eyefold lr-ear-trans",
            "up",
            "down",
        ),
        ("lr-eye-trans lr-eye-epicanthus", "out", "in"),
        ("nose-curve", "concave", "convex"),
        ("lr-eye-push1", "out", "in"),
    )
    for stem in stems.split()
)
# Some targets move much more than others at the same weight: these vary less.
EASE = {"head": 0.45, "eyebrows": 0.5, "lr-cheek": 0.7, "forehead": 0.8, "nose-greek": 0.7, "lr-eye-trans": 0.7}
SHAPES = ("head-oval", "head-round", "head-square", "head-rectangular", "head-triangular", "head-diamond")
# The rest pose frowns: a calm face, the same for everyone.
CALM = {"fu-browInnerUp": 0.5, "eyebrows-trans-up": 0.15, "mouth-angles-up": 0.15, "lr-eye-height2-incr": 0.1}


# Sizes of one kind vary together: every target pair whose stem starts so loads on its factor (see `identity`).
FACTORS = {
    "width": (
        "nose-scale-horiz nose-width1 nose-width2 nose-width3 nose-point-width nose-nostrils-width nose-flaring "
        "mouth-scale-horiz chin-width head-scale-horiz lr-eye-scale lr-cheek-bones"
    ),
    "height": "nose-scale-vert mouth-scale-vert chin-height forehead-scale-vert head-scale-vert lr-ear-scale",
    "fullness": (
        "head-fat lr-cheek-volume lr-cheek-inner nose-volume mouth-upperlip-volume mouth-lowerlip-volume "
        "mouth-upperlip-height mouth-lowerlip-height mouth-philtrum-volume lr-eye-bag"
    ),
    "depth": "nose-scale-depth nose-hump chin-prominent chin-bones chin-prognathism",
}
LOADING = 0.55  # so two sizes of one kind correlate by 0.55 ** 2 = 0.3, and others not at all
CUT = 2.5  # standard deviations


def macro(ancestry: str, sex: str, age: float) -> dict[str, float]:
    """MakeHuman's macro targets for an age, blended between its baby, child, young and old.

    A face grows fast at first: up to 25 years the blend is linear in the logarithm of the time since conception (our
    choice), later it is linear in years. Below 1 year MakeHuman has no target: the shape stays that of its baby.

    Parameters
    ----------
    ancestry, sex : str
        Names of subjects.ANCESTRIES and SEXES.
    age : float
        Years.

    Returns
    -------
    dict
        Morph target -> weight.
    """
    names, years = list(AGES), np.array(list(AGES.values()))
    age = max(age, years[0])
    if age <= years[2]:
        knots, at = np.log(years + 0.75), np.log(age + 0.75)
    else:
        knots, at = years, age
    i = int(np.clip(np.searchsorted(years, age, side="right") - 1, 0, len(years) - 2))
    share = float((at - knots[i]) / (knots[i + 1] - knots[i]))
    weights: dict[str, float] = {}
    for name, weight in ((names[i], 1 - share), (names[i + 1], share)):
        if weight:
            weights[f"{ancestry}-{sex}-{name}"] = weight
            weights[f"universal-{sex}-{name}-averagemuscle-averageweight"] = weight
    return weights


def loadings() -> np.ndarray:
    """Loading of each variable on each factor; at most one factor each.

    Returns
    -------
    ndarray [pairs + SHAPES, FACTORS]
        LOADING or 0.
    """
    stems = [plus.rsplit("-", 1)[0] for plus, _ in IDENTITY] + list(SHAPES)
    return LOADING * np.array([[stem in members.split() for members in FACTORS.values()] for stem in stems], float)


def variation(seed: int, person: Person, kin_share: float, attempt: int = 1) -> np.ndarray:
    """Standard scores of a person's shape: unit variance, correlated by `loadings`, cut at CUT.

    A factor model (our choice; MakeHuman comes with no population): score = loading * factor + rest.

    Parameters
    ----------
    seed : int
        The study's seed.
    person : Person
        Whose shape it is.
    kin_share : float
        Share of the variance of factors and rest that is the family's, so it is the expected correlation of siblings.
    attempt : int
        Which draw, from 1.

    Returns
    -------
    ndarray [pairs + SHAPES]
        Standard deviations.
    """
    load = loadings()
    count = sum(load.shape)
    family = generator(seed, "cohort", "family", person.kin_group).standard_normal(count)
    personal = generator(seed, "cohort", "identity", person.subject_id, attempt).standard_normal(count)
    z = np.sqrt(kin_share) * family + np.sqrt(1 - kin_share) * personal
    rest, factors = z[: len(load)], z[len(load) :]
    return np.clip(load @ factors + np.sqrt(1 - (load**2).sum(1)) * rest, -CUT, CUT)


def identity(seed: int, person: Person, spread: float, kin_share: float, attempt: int = 1) -> dict[str, float]:
    """Target weights of a person's ordinary variation: the same on both sides, bounded, partly shared by a family.

    Parameters
    ----------
    seed : int
        The study's seed.
    person : Person
        Whose shape it is.
    spread : float
        Standard deviation of each weight.
    kin_share : float
        See `variation`.
    attempt : int
        1 for the first draw; `write_plan` draws again when a head is broken.

    Returns
    -------
    dict
        Morph target -> weight.
    """
    z = variation(seed, person, kin_share, attempt) * spread
    weights: dict[str, float] = {}
    for (plus, minus), value in zip(IDENTITY, z, strict=False):
        ease = next((factor for stem, factor in EASE.items() if plus.startswith(stem)), 1.0)
        for name in both_sides(plus if value > 0 else minus):
            weights[name] = weights.get(name, 0.0) + ease * abs(float(value))
    for name, value in zip(SHAPES, z[len(IDENTITY) :], strict=True):
        weights[name] = EASE["head"] * max(0.0, float(value))
    return weights


def both(weights: Mapping[str, float]) -> dict[str, float]:
    """Weights with `lr-` names written out for both sides.

    Parameters
    ----------
    weights : mapping
        Morph target -> weight.

    Returns
    -------
    dict
        The same without `lr-` names.
    """
    return {side: weight for name, weight in weights.items() for side in both_sides(name)}


def add(*parts: Mapping[str, float]) -> dict[str, float]:
    """Sum of target weights.

    Parameters
    ----------
    *parts : mapping
        Morph target -> weight.

    Returns
    -------
    dict
        The sums.
    """
    total: dict[str, float] = {}
    for part in parts:
        for name, weight in part.items():
            total[name] = total.get(name, 0.0) + weight
    return total
