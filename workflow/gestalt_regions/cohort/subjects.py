"""Sampling of simulated subjects and their photos. Every draw has its own seed; none but the terms knows the label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gestalt_regions.cohort.headmodel import AGES, BROWS, LASHES
from gestalt_regions.cohort.recipes import Recipe, both_sides
from gestalt_regions.cohort.scene import Look, View
from gestalt_regions.seeds import generator

ANCESTRIES = ("caucasian", "african", "asian")
SEXES = ("female", "male")
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
HAIR_COLOURS = {  # linear RGB
    "caucasian": (
        (0.012, 0.009, 0.007),
        (0.045, 0.024, 0.012),
        (0.11, 0.062, 0.03),
        (0.26, 0.17, 0.08),
        (0.16, 0.06, 0.022),
    ),
    "african": ((0.008, 0.006, 0.005), (0.014, 0.010, 0.008)),
    "asian": ((0.008, 0.007, 0.006), (0.016, 0.011, 0.008), (0.03, 0.018, 0.011)),
}
FAIR_HAIR, BROWN = (0.5, 0.36, 0.19), ("brown", "brownlight")
EYES = {
    "caucasian": ("brown", "brownlight", "blue", "green", "grey", "lightblue", "bluegreen"),
    "african": BROWN,
    "asian": BROWN,
}
SKINS = {
    "caucasian": ("young_lightskinned_{}_diffuse", "young_lightskinned_{}_diffuse2"),
    "asian": ("young_lightskinned_{}_diffuse3",),
    "african": ("young_darkskinned_{}_diffuse",),
}
HAIRSTYLES = {
    ("female", False): ("bob02", "long01", "ponytail01", "short04", "short02"),
    ("male", False): ("short01", "short02", "short04"),
    ("female", True): ("afro01", "ponytail01", "short04", "long01"),
    ("male", True): ("afro01", "short01", "short04"),
}


@dataclass(frozen=True)
class Person:
    """A subject without any syndrome: who they are."""

    subject_id: str
    kin_group: str
    ancestry: str
    sex: str
    age: float


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


def look(seed: int, person: Person) -> Look:
    """Skin, eyes, brows, lashes and hair of a person; independent of any label."""
    random = generator(seed, "cohort", "look", person.subject_id)
    african = person.ancestry == "african"
    tone = random.uniform(1.0, 2.2) if african else random.uniform(0.72, 1.05)
    skin_gain = tone * np.array([1.0, random.uniform(0.95, 1.02), random.uniform(0.9, 1.02)])
    colours = np.array(HAIR_COLOURS[person.ancestry])
    colour = colours[random.integers(len(colours))] * random.uniform(0.8, 1.25)
    styles = HAIRSTYLES[person.sex, african]
    return Look(
        skin=str(random.choice(SKINS[person.ancestry])).format(person.sex),
        skin_gain=tuple(map(float, skin_gain)),
        eyes=str(random.choice(EYES[person.ancestry])),
        eye_gain=(1.0, 1.0, 1.0),
        brows=str(random.choice(BROWS)),
        brow_density=float(random.uniform(0.55, 0.95)) * (0.8 if person.age < 8 else 1.0),
        lateral_brow_loss=0.0,
        lashes=str(random.choice(LASHES)),
        lash_density=float(random.uniform(0.25, 0.5)),
        hair=str(random.choice(styles)),
        hair_colour=tuple(map(float, colour)),
        brow_colour=tuple(map(float, 0.6 * colour)),
    )


def changed(look: Look, changes: Mapping[str, float]) -> Look:
    """The look with a syndrome's appearance changes (recipes.APPEARANCE)."""

    def towards(colour: Sequence[float], goal: Sequence[float], share: float) -> tuple[float, ...]:
        share = min(share, 1.0)
        return tuple((1 - share) * a + share * b for a, b in zip(colour, goal, strict=True))

    fair = changes.get("hair_fairness", 0.0)
    fairer = tuple(min(g, k * c) for g, k, c in zip(FAIR_HAIR, (6.0, 4.0, 2.5), look.hair_colour, strict=True))
    light = changes.get("iris_lightness", 0.0)
    pale = 1 + 0.35 * changes.get("skin_fairness", 0.0)
    return replace(
        look,
        skin_gain=tuple(pale * c for c in look.skin_gain),
        eye_gain=tuple(1 + 1.2 * light * c for c in (0.8, 0.95, 1.1)),
        lateral_brow_loss=min(1.0, changes.get("lateral_brow_loss", 0.0)),
        lash_density=min(1.0, look.lash_density + changes.get("lash_density", 0.0)),
        hair_colour=towards(look.hair_colour, fairer, fair),
        brow_colour=towards(look.brow_colour, fairer, 0.6 * fair),
        squint=changes.get("squint", 0.0),
        tooth_gap=min(1.0, changes.get("tooth_gap", 0.0)),
    )


def view(seed: int, sample_id: str) -> View:
    """Pose, camera, light, backdrop, clothes and expression of one photo; knows only the photo's name."""
    random = generator(seed, "cohort", "view", sample_id)

    def warm(level: float, spread: float) -> tuple[float, float, float]:
        t = random.normal(0, spread)
        return (level * (1 + t), level, level * (1 - t))

    side, height = random.normal(0, 40), random.uniform(5, 55)
    a, e = np.radians([np.clip(side, -75, 75), height])
    key = (float(np.sin(a) * np.cos(e)), float(np.sin(e)), float(np.cos(a) * np.cos(e)))
    other = (-key[0] * 1.2 - 0.1, 0.15, 0.7)
    contrast = random.uniform(0.2, 0.8)  # from flat daylight to one lamp
    wall = random.uniform(0.2, 0.85) + random.normal(0, 0.035, 3)
    smile, jaw = random.uniform(0, 0.35), max(0.0, random.normal(0, 0.05))
    return View(
        yaw=float(np.clip(random.normal(0, 9), -22, 22)),
        pitch=float(np.clip(random.normal(0, 4.5), -11, 11)),
        roll=float(np.clip(random.normal(0, 4), -11, 11)),
        distance=float(random.uniform(2.2, 6.0)),
        zoom=float(random.uniform(1.0, 1.25)),
        gaze=(float(np.clip(random.normal(0, 4), -9, 9)), float(np.clip(random.normal(0, 2), -5, 5))),
        shift=(float(random.normal(0, 0.025)), float(random.normal(0, 0.025))),
        key=(key, warm(0.35 + 0.6 * contrast, 0.06)),
        fill=(other, warm(0.45 - 0.35 * contrast, 0.05)),
        sky=warm(0.5 - 0.2 * contrast, 0.04),
        ground=warm(0.32 - 0.18 * contrast, 0.06),
        backdrop=(tuple(np.clip(wall, 0.05, 0.95)), tuple(np.clip(wall * random.uniform(0.6, 1.1), 0.05, 0.95))),
        clothes=tuple(random.uniform(0.02, 0.6) * random.uniform(0.5, 1.0, 3)),
        noise=float(random.uniform(0.004, 0.016)),
        expression={
            "fu-mouthSmileLeft": smile,
            "fu-mouthSmileRight": smile,
            "fu-jawOpen": jaw,
            "fu-browInnerUp": float(random.uniform(0, 0.15)),
            "fu-eyeBlinkLeft": (blink := float(random.uniform(0, 0.1))),
            "fu-eyeBlinkRight": blink,
        },
        seed=int(random.integers(2**62)),
    )


def draw_terms(seed: int, subject_id: str, recipe: Recipe | None, severity: float) -> dict[str, float]:
    """The terms a subject shows and how strongly (1 = as the recipe's weights say). Empty without a recipe."""
    if recipe is None:
        return {}
    random = generator(seed, "cohort", "terms", subject_id)
    shown = {}
    for term in recipe.terms:
        present, strength = random.random() < term.frequency, random.uniform(0.7, 1.3)
        if present:
            shown[term.term] = severity * strength
    return shown


def express(terms: Mapping[str, float], recipe: Recipe | None) -> tuple[dict[str, float], dict[str, float]]:
    """Target weights and appearance changes of the terms shown."""
    weights: dict[str, float] = {}
    changes: dict[str, float] = {}
    for term in recipe.terms if recipe else ():
        strength = terms.get(term.term, 0.0)
        for name, weight in term.targets.items():
            for side in both_sides(name):
                weights[side] = weights.get(side, 0.0) + strength * weight
        for name, amount in term.appearance.items():
            changes[name] = max(changes.get(name, 0.0), strength * amount)
    return weights, changes


def both(weights: Mapping[str, float]) -> dict[str, float]:
    """Weights with `lr-` names written out for both sides."""
    return {side: weight for name, weight in weights.items() for side in both_sides(name)}


def add(*parts: Mapping[str, float]) -> dict[str, float]:
    total: dict[str, float] = {}
    for part in parts:
        for name, weight in part.items():
            total[name] = total.get(name, 0.0) + weight
    return total


def spread_evenly(seed: int, label: str, names: Sequence[str], count: int) -> list[str]:
    """`count` names in equal shares, shuffled: every class has the same mixture, whatever the seed."""
    repeated = [names[i % len(names)] for i in range(count)]
    return [repeated[i] for i in generator(seed, "cohort", "mixture", label, *names).permutation(count)]


def spread_ages(seed: int, label: str, low: float, high: float, count: int) -> np.ndarray:
    """One age (years) in each of `count` equal shares of low..high, shuffled."""
    random = generator(seed, "cohort", "age", label)
    return low + (high - low) * (random.permutation(count) + random.random(count)) / count
