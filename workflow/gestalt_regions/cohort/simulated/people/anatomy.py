"""Heads that no face could have: stated rules on the landmarks of a shaped head, so that a broken one is drawn again.

Two kinds of rules. Order: what no face may violate (lids never cross, the chin is under the mouth, ...), without any
threshold. Proportion: ratios of distances within bounds, which are the 0.1st and 99.9th percentile of 3,000 unaffected
simulated heads (`reference`), widened by half of their distance on each side; they are
the head model's, not measured on people. They bind the head without the signs of its syndrome.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from gestalt_regions.cohort.simulated.head.head_landmarks import NAMES, Landmarks
from gestalt_regions.cohort.simulated.head.head_model import HeadModel
from gestalt_regions.cohort.simulated.people.identity import CALM, add, both, identity, macro
from gestalt_regions.cohort.simulated.people.subjects import ANCESTRIES, SEXES, Person

PERCENTILES = (0.1, 99.9)
MARGIN = 0.5  # of the distance between the two percentiles, added on each side
SPREAD = 0.18  # identity_spread of the reference population, the default's

Face = Callable[[str], np.ndarray]


def _gap(face: Face, a: str, b: str, axis: int = 1) -> float:
    return float(face(a)[axis] - face(b)[axis])


def _span(face: Face, a: str, b: str) -> float:
    return float(np.linalg.norm(face(a) - face(b)))


# Order: the distance (decimetres) must not be negative.
ORDER: dict[str, Callable[[Face], float]] = {
    "a lid crosses the other": lambda f: min(
        _gap(f, f"{side}_lid_upper_{i}", f"{side}_lid_lower_{i}") for side in ("right", "left") for i in (1, 2)
    ),
    "the corners of an eye are swapped": lambda f: min(
        _gap(f, "left_eye_outer", "left_eye_inner", 0), _gap(f, "right_eye_inner", "right_eye_outer", 0)
    ),
    "the eyes touch": lambda f: _gap(f, "left_eye_inner", "right_eye_inner", 0),
    "the corners of the mouth are swapped": lambda f: _gap(f, "left_lip_corner", "right_lip_corner", 0),
    "the upper lip is inside out": lambda f: _gap(f, "lip_upper_middle", "lip_inner_upper_middle"),
    # closed lips press on each other: they cross where the edge of one passes the far edge of the other
    "the upper lip crosses the lower": lambda f: _gap(f, "lip_inner_upper_middle", "lip_lower_middle"),
    "the lower lip crosses the upper": lambda f: _gap(f, "lip_upper_middle", "lip_inner_lower_middle"),
    "the lower lip is inside out": lambda f: _gap(f, "lip_inner_lower_middle", "lip_lower_middle"),
    "the mouth is above the nose": lambda f: _gap(f, "columella", "lip_upper_middle"),
    "the chin is above the mouth": lambda f: _gap(f, "lip_lower_middle", "chin"),
    "the nose is above the eyes": lambda f: min(_gap(f, f"{s}_eye_inner", "nose_tip") for s in ("right", "left")),
    "the nose leaves the face": lambda f: min(
        _gap(f, "left_jaw_5", "left_nostril_2", 0), _gap(f, "right_nostril_2", "right_jaw_5", 0)
    ),
    "a brow is under its eye": lambda f: min(_gap(f, f"{s}_brow_3", f"{s}_lid_upper_1") for s in ("right", "left")),
}
# Proportion: each a ratio without unit.
PROPORTION: dict[str, Callable[[Face], float]] = {
    "distance of the eyes to the width of the face": lambda f: (
        _span(f, "right_eye", "left_eye") / _span(f, "right_jaw_8", "left_jaw_8")
    ),
    "width of the nose to the distance of the eyes": lambda f: (
        _span(f, "right_nostril_2", "left_nostril_2") / _span(f, "right_eye", "left_eye")
    ),
    "length of the nose to the height of the face": lambda f: _span(f, "bridge_1", "columella") / _height(f),
    "projection of the nose to the height of the face": lambda f: _gap(f, "nose_tip", "columella", 2) / _height(f),
    "width of the mouth to the distance of the eyes": lambda f: (
        _span(f, "right_lip_corner", "left_lip_corner") / _span(f, "right_eye", "left_eye")
    ),
    "lower face to the height of the face": lambda f: _span(f, "columella", "chin") / _height(f),
    "width of the chin to the width of the face": lambda f: (
        _span(f, "right_jaw_2", "left_jaw_2") / _span(f, "right_jaw_8", "left_jaw_8")
    ),
    "opening of the eyes to their width": lambda f: (
        sum(_span(f, f"{s}_lid_upper_1", f"{s}_lid_lower_1") for s in ("right", "left"))
        / sum(_span(f, f"{s}_eye_inner", f"{s}_eye_outer") for s in ("right", "left"))
    ),
    # an eyeball pokes through where a lid sinks towards its centre, and stands in the air where one leaves it
    "nearest lid to the radius of the eyeball": lambda f: min(_lids(f)),
    "farthest lid to the radius of the eyeball": lambda f: max(_lids(f)),
}

# bounds(reference(model, 3000)), to three digits
BOUNDS = {
    "distance of the eyes to the width of the face": (0.377, 0.500),
    "width of the nose to the distance of the eyes": (0.062, 0.947),
    "length of the nose to the height of the face": (0.276, 0.512),
    "projection of the nose to the height of the face": (-0.058, 0.244),
    "width of the mouth to the distance of the eyes": (0.440, 0.950),
    "lower face to the height of the face": (0.522, 0.804),
    "width of the chin to the width of the face": (0.313, 0.588),
    "opening of the eyes to their width": (0.152, 0.720),
    "nearest lid to the radius of the eyeball": (0.915, 1.276),
    "farthest lid to the radius of the eyeball": (0.944, 1.426),
}


def _height(face: Face) -> float:
    return _span(face, "bridge_1", "chin")


def _lids(face: Face) -> list[float]:
    """Distance of each point of the lids' edges from its eyeball's centre, in radii of the eyeball."""
    return [
        float(np.linalg.norm(face(f"{side}_lid_{lid}_{i}") - face(f"{side}_ball")) / face(f"{side}_radius"))
        for side in ("right", "left")
        for lid in ("upper", "lower")
        for i in (1, 2)
    ]


@lru_cache(maxsize=1)
def _landmarks(model: HeadModel) -> Landmarks:
    return Landmarks(model)


def _face(model: HeadModel, vertices: np.ndarray) -> Face:
    """Landmarks (3,) by name, and of each eyeball its centre (right_ball) and radius (right_radius)."""
    places: dict[str, np.ndarray] = dict(zip(NAMES, _landmarks(model).on(vertices), strict=True))
    for side, ball, radius in zip(("right", "left"), model.eyes(vertices), model.eye_radii(vertices), strict=True):
        places |= {f"{side}_ball": ball, f"{side}_radius": np.array(radius)}
    return places.__getitem__


def disorder(model: HeadModel, vertices: np.ndarray) -> list[str]:
    """The rules of order that a head breaks, whatever its signs.

    Parameters
    ----------
    model : HeadModel
        The head model.
    vertices : ndarray [V, 3]
        The head without expression.

    Returns
    -------
    list of str
        Names in ORDER.
    """
    face = _face(model, vertices)
    return [name for name, gap in ORDER.items() if gap(face) < 0]


def disproportion(model: HeadModel, vertices: np.ndarray) -> list[str]:
    """The rules of proportion that an unaffected head breaks.

    Parameters
    ----------
    model : HeadModel
        The head model.
    vertices : ndarray [V, 3]
        The head without expression or signs.

    Returns
    -------
    list of str
        Names in PROPORTION.
    """
    face = _face(model, vertices)
    return [name for name, ratio in PROPORTION.items() if not BOUNDS[name][0] <= ratio(face) <= BOUNDS[name][1]]


def broken_rules(model: HeadModel, vertices: np.ndarray) -> list[str]:
    """Why no unaffected face could have this head.

    Parameters
    ----------
    model : HeadModel
        The head model.
    vertices : ndarray [V, 3]
        The head without expression or signs.

    Returns
    -------
    list of str
        Names in ORDER and PROPORTION; empty for a sound head.
    """
    return disorder(model, vertices) + disproportion(model, vertices)


def reference(model: HeadModel, count: int, ages: tuple[float, float] = (0.3, 60.0)) -> np.ndarray:
    """Proportions of a reference population: unaffected, every ancestry and sex alike, ages even in log years.

    Parameters
    ----------
    model : HeadModel
        The head model.
    count : int
        Number of heads.
    ages : tuple of float
        Youngest and oldest, years.

    Returns
    -------
    ndarray [count, rules]
        PROPORTION of each head.
    """
    measured = []
    for i in range(count):
        age = ages[0] * (ages[1] / ages[0]) ** ((i + 0.5) / count)
        person = Person(f"reference-{i}", f"F-{i}", ANCESTRIES[i % 3], SEXES[i // 3 % 2], age)
        grown = macro(person.ancestry, person.sex, age)
        size = float(model.scale(model.shape(grown)).mean())
        ordinary = add(both(CALM), identity(0, person, SPREAD, 0.5))
        vertices = model.shape(add(grown, {name: size * weight for name, weight in ordinary.items()}))
        face = _face(model, vertices)
        measured.append([rule(face) for rule in PROPORTION.values()])
    return np.array(measured)


def bounds(measured: np.ndarray) -> np.ndarray:
    """Lowest and highest value that PROPORTION may take.

    Parameters
    ----------
    measured : ndarray [n, rules]
        PROPORTION of a population.

    Returns
    -------
    ndarray [2, rules]
        Low and high.
    """
    low, high = np.percentile(measured, PERCENTILES, axis=0)
    return np.stack([low - MARGIN * (high - low), high + MARGIN * (high - low)])
