"""Shape of a person without any syndrome: age, sex, ancestry and ordinary variation, as morph target weights."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gestalt_regions.cohort.headmodel import AGES
from gestalt_regions.cohort.people import Person
from gestalt_regions.cohort.recipes import both_sides
from gestalt_regions.seeds import generator

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


def macro(ancestry: str, sex: str, age: float) -> dict[str, float]:
    """MakeHuman's macro targets for an age in years, blended between its baby, child and young."""
    names, years = list(AGES), list(AGES.values())
    weights: dict[str, float] = {}
    for i, name in enumerate(names):
        share = float(np.interp(age, years, np.eye(len(years))[i]))
        if share:
            weights[f"{ancestry}-{sex}-{name}"] = share
            weights[f"universal-{sex}-{name}-averagemuscle-averageweight"] = share
    return weights


def identity(seed: int, person: Person, spread: float, kin_share: float) -> dict[str, float]:
    """Target weights of a person's ordinary variation: symmetric, bounded, partly shared by a family.

    spread: standard deviation of each weight, cut at 2.5 of them. kin_share: the share of variance that is the
    family's, so that the expected correlation of two siblings' weights is kin_share.
    """
    count = len(IDENTITY) + len(SHAPES)
    family = generator(seed, "cohort", "family", person.kin_group).standard_normal(count)
    own = generator(seed, "cohort", "identity", person.subject_id).standard_normal(count)
    z = np.clip(np.sqrt(kin_share) * family + np.sqrt(1 - kin_share) * own, -2.5, 2.5) * spread
    weights: dict[str, float] = {}
    for (plus, minus), value in zip(IDENTITY, z, strict=False):
        ease = next((factor for stem, factor in EASE.items() if plus.startswith(stem)), 1.0)
        for name in both_sides(plus if value > 0 else minus):
            weights[name] = weights.get(name, 0.0) + ease * abs(float(value))
    for name, value in zip(SHAPES, z[len(IDENTITY) :], strict=True):
        weights[name] = EASE["head"] * max(0.0, float(value))
    return weights


def both(weights: Mapping[str, float]) -> dict[str, float]:
    """Weights with `lr-` names written out for both sides."""
    return {side: weight for name, weight in weights.items() for side in both_sides(name)}


def add(*parts: Mapping[str, float]) -> dict[str, float]:
    total: dict[str, float] = {}
    for part in parts:
        for name, weight in part.items():
            total[name] = total.get(name, 0.0) + weight
    return total
