"""The directions in which a simulated face can vary: the head model's morph targets, paired, symmetric and bounded.

No recipe of a syndrome is read here: every facial target of the head model takes part, whatever it may be used for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gestalt_regions.cohort.simulated.head.head_model import HeadModel

REACH = 0.12  # decimetres that coefficient 1 may move the vertex it moves most; no target's weight exceeds 1
OPPOSITES = {
    "incr": "decr",
    "up": "down",
    "out": "in",
    "forward": "backward",
    "convex": "concave",
    "uncompress": "compress",
}
# Not of the face (macro targets, which are age, sex and ancestry; measures; the neck's place), moving or turning the
# whole head, sideways, or of the gaze, which the photo draws.
SKIPPED = re.compile(
    r"(universal|caucasian|african|asian|measure|neck-trans|neck-scale-vert|head-trans|head-angle)-?"
    r"|(mouth|nose)-trans-(in|out)$|fu-eyeLook|fu-(jaw|mouth)(Left|Right)$"
)


@dataclass(frozen=True)
class Variation:
    """Coefficient c > 0 gives c * reach to the targets `plus`, c < 0 gives -c * reach to `minus` ((): never c < 0).

    Attributes
    ----------
    name : str
        That of `plus`, lr- or without Left and Right where it is of both sides.
    plus, minus : tuple of str
        Morph targets.
    reach : float
        Weight at coefficient 1, at most 1.
    """

    name: str
    plus: tuple[str, ...]
    minus: tuple[str, ...]
    reach: float

    @property
    def expression(self) -> bool:
        """A face unit: it changes from photo to photo.

        Returns
        -------
        bool
            True for fu-.
        """
        return self.name.startswith("fu-")


def _symmetric(targets: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Targets by name, those of the left and the right under one name (lr-..., fu-...)."""
    known = set(targets)
    joined: dict[str, tuple[str, ...]] = {}
    for name in targets:
        if SKIPPED.match(name) or name.startswith("r-") or (name.startswith("fu-") and name.endswith("Right")):
            continue
        if name.startswith("l-"):
            joined[f"lr-{name[2:]}"] = (name, f"r-{name[2:]}")
        elif name.startswith("fu-") and name.endswith("Left") and f"{name[:-4]}Right" in known:
            joined[name[:-4]] = (name, f"{name[:-4]}Right")
        else:
            joined[name] = (name,)
    return joined


def variations(model: HeadModel) -> list[Variation]:
    """All directions in which a face can vary.

    Parameters
    ----------
    model : HeadModel
        The head.

    Returns
    -------
    list of Variation
        By name.
    """
    joined = _symmetric(model.targets)
    directions = []
    for name, plus in joined.items():
        stem, _, end = name.rpartition("-")
        if any(end == low and f"{stem}-{high}" in joined for high, low in OPPOSITES.items()):
            continue
        minus = joined.get(f"{stem}-{OPPOSITES.get(end)}", ())
        moved = [np.linalg.norm(model.shape({side: 1.0}) - model.base, axis=1).max() for side in (*plus, *minus)]
        directions.append(Variation(name, plus, minus, float(min(1.0, REACH / max(moved)))))
    return sorted(directions, key=lambda variation: variation.name)


def target_weights(directions: Sequence[Variation], coefficients: Iterable[float]) -> Mapping[str, float]:
    """Morph target weights of the coefficients.

    Parameters
    ----------
    directions : Sequence of Variation
        K of them.
    coefficients : Iterable of float
        K numbers.

    Returns
    -------
    Mapping of str to float
        By target.
    """
    weights = {}
    for variation, value in zip(directions, coefficients, strict=True):
        for name in variation.plus if value > 0 else variation.minus:
            weights[name] = abs(float(value)) * variation.reach
    return weights


def draw_coefficients(
    directions: Sequence[Variation], random: np.random.Generator, *, spread: float, rare: float, expressions: float
) -> np.ndarray:
    """Coefficients of one face, each drawn without regard to the others.

    Ordinary variation of every direction of shape (normal, cut at 2.5 standard deviations), and now and then a strong
    one, 0.2 to 1 in a random direction.

    Parameters
    ----------
    directions : Sequence of Variation
        K of them.
    random : numpy.random.Generator
        The face's stream.
    spread : float
        Standard deviation of the ordinary variation.
    rare : float
        Probability of a strong one.
    expressions : float
        That of a face unit.

    Returns
    -------
    numpy.ndarray
        [K].
    """
    count = len(directions)
    face_unit = np.array([variation.expression for variation in directions])
    two_sided = np.array([bool(variation.minus) for variation in directions])
    ordinary = spread * np.clip(random.standard_normal(count), -2.5, 2.5) * ~face_unit
    strong = random.random(count) < np.where(face_unit, expressions, rare)
    sign = np.where(two_sided & (random.random(count) < 0.5), -1, 1)
    values = ordinary + strong * sign * random.uniform(0.2, 1, count)
    return np.where(two_sided, values, np.maximum(values, 0))
