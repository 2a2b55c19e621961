"""Appearance apart from shape: skin, eyes, brows, lashes and hair, and what a syndrome changes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gestalt_regions.cohort.simulated.head import cc0_parts
from gestalt_regions.cohort.simulated.head.head_model import BROWS, LASHES
from gestalt_regions.cohort.simulated.head.loose_parts import FORMS
from gestalt_regions.cohort.simulated.people.recipes import APPEARANCE
from gestalt_regions.cohort.simulated.people.subjects import ANCESTRIES, Person
from gestalt_regions.cohort.simulated.photo.scene import Colour, Look, colour
from gestalt_regions.core.seeds import generator

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
MAKEHUMAN_SKINS = {
    ("caucasian", "young"): ("young_lightskinned_{}_diffuse", "young_lightskinned_{}_diffuse2"),
    ("asian", "young"): ("young_lightskinned_{}_diffuse3",),
    ("african", "young"): ("young_darkskinned_{}_diffuse",),
    ("caucasian", "middleage"): ("middleage_lightskinned_{}_diffuse",),
    ("asian", "middleage"): ("middleage_lightskinned_{}_diffuse2",),
    ("african", "middleage"): ("middleage_darkskinned_{}_diffuse",),
}
IRIS_GOALS = {"iris_lightness": "grey", "iris_blue": "lightblue"}  # textures of the eyes
MIDDLE_AGE = 38  # years: from here on MakeHuman's middle-aged skins
TEETH = 0.75  # years: the first ones show
INFANT_HAIR = ("", "", "short01", "short04")  # first year: none, or thin and short
TODDLER_HAIR = ("short01", "short02", "short04")
HAIRSTYLES = {
    ("female", False): ("bob02", "long01", "ponytail01", "short04", "short02"),
    ("male", False): ("short01", "short02", "short04"),
    ("female", True): ("afro01", "ponytail01", "short04", "long01"),
    ("male", True): ("afro01", "short01", "short04"),
}


@dataclass(frozen=True)
class Wardrobe:
    """What a head model offers, by the names of its parts and textures, and which of recipes.APPEARANCE it can show."""

    skins: Mapping[tuple[str, str], Sequence[str]]
    brows: Sequence[str]
    lashes: Sequence[str]
    infant_hair: Sequence[str]
    toddler_hair: Sequence[str]
    hair: Mapping[tuple[str, bool], Sequence[str]]
    shows: Sequence[str]


# The helper's teeth are two bands, so no change of single teeth. What is not listed is not shown.
CC0_SHOWS = (
    *("squint", "skin_fairness", "hair_fairness", "iris_lightness", "iris_blue", "tongue_size"),
    *("lateral_brow_loss", "brow_density", "brow_width", "synophrys", "lash_density", "lash_length"),
)
WARDROBES = {  # by HeadModel.look
    "makehuman": Wardrobe(MAKEHUMAN_SKINS, BROWS, LASHES, INFANT_HAIR, TODDLER_HAIR, HAIRSTYLES, tuple(APPEARANCE)),
    "cc0": Wardrobe(
        skins={(ancestry, age): (ancestry,) for ancestry in ANCESTRIES for age in ("young", "middleage")},
        brows=tuple(cc0_parts.BROWS),
        lashes=(cc0_parts.LASHES,),
        infant_hair=("", "", "crop"),
        toddler_hair=("crop", "short"),
        hair={key: ("short", "full") if key[0] == "female" or key[1] else ("crop", "short") for key in HAIRSTYLES},
        shows=CC0_SHOWS,
    ),
}


def look(seed: int, person: Person, style: str = "makehuman") -> Look:
    """Skin, eyes, brows, lashes and hair of a person; independent of any label.

    Parameters
    ----------
    seed : int
        The study's seed.
    person : Person
        Ancestry, sex and age.
    style : str
        A name of WARDROBES: the look of the head model.

    Returns
    -------
    Look
        The person's appearance.
    """
    wardrobe = WARDROBES[style]
    random = generator(seed, "cohort", "look", person.subject_id)
    african = person.ancestry == "african"
    tone = random.uniform(1.0, 1.9) if african else random.uniform(0.72, 1.05)
    reddish = african and person.sex == "female" and style == "makehuman"  # that skin alone
    skin_gain = tone * np.array([0.85 if reddish else 1.0, random.uniform(0.95, 1.02), random.uniform(0.9, 1.02)])
    colours = np.array(HAIR_COLOURS[person.ancestry])
    hair = colours[random.integers(len(colours))] * random.uniform(0.8, 1.25)
    young = wardrobe.toddler_hair if person.age >= 1 else wardrobe.infant_hair
    styles = wardrobe.hair[person.sex, african] if person.age >= 2 else young
    infancy = float(np.interp(person.age, (0.3, 3.0), (0.0, 1.0)))  # brows and hair thicken until about three
    grown = 0.8 + 0.2 * min(1.0, person.age / 8)
    skin_age = "young" if person.age < MIDDLE_AGE else "middleage"
    return Look(
        skin=str(random.choice(wardrobe.skins[person.ancestry, skin_age])).format(person.sex),
        skin_gain=colour(skin_gain),
        eyes=str(random.choice(EYES[person.ancestry])),
        eye_gain=(1.0, 1.0, 1.0),
        brows=str(random.choice(wardrobe.brows)),
        brow_density=float(random.uniform(0.55, 0.95)) * grown * (0.3 + 0.7 * infancy),
        lateral_brow_loss=0.0,
        lashes=str(random.choice(wardrobe.lashes)),
        lash_density=float(random.uniform(0.25, 0.5)),
        hair=str(random.choice(styles)),
        hair_colour=colour(hair),
        brow_colour=colour(0.6 * hair),
        hair_density=float(random.uniform(0.55, 0.85)) if person.age < 1 else 1.0,
        teeth=person.age >= TEETH,
    )


def changed(look: Look, changes: Mapping[str, float]) -> Look:
    """The look with a syndrome's appearance changes.

    Parameters
    ----------
    look : Look
        The person's own.
    changes : mapping
        Name of recipes.APPEARANCE -> amount.

    Returns
    -------
    Look
        The changed look.
    """

    def _towards(start: Colour, goal: Sequence[float], share: float) -> Colour:
        share = min(share, 1.0)
        return colour((1 - share) * a + share * b for a, b in zip(start, goal, strict=True))

    fair = changes.get("hair_fairness", 0.0)
    fairer = tuple(min(g, k * c) for g, k, c in zip(FAIR_HAIR, (6.0, 4.0, 2.5), look.hair_colour, strict=True))
    pale = 1 + 0.35 * changes.get("skin_fairness", 0.0)
    iris = max(IRIS_GOALS, key=lambda name: changes.get(name, 0.0))
    return replace(
        look,
        skin_gain=colour(pale * c for c in look.skin_gain),
        iris_goal=IRIS_GOALS[iris],
        iris_share=min(1.0, changes.get(iris, 0.0)),
        brow_density=min(1.0, look.brow_density + changes.get("brow_density", 0.0)),
        lateral_brow_loss=min(1.0, changes.get("lateral_brow_loss", 0.0)),
        lash_density=min(1.0, look.lash_density + changes.get("lash_density", 0.0)),
        hair_colour=_towards(look.hair_colour, fairer, fair),
        brow_colour=_towards(look.brow_colour, fairer, 0.6 * fair),
        squint=changes.get("squint", 0.0),
        form={name: changes[name] for name in FORMS if name in changes},
    )
