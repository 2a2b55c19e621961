"""Things that hide a part of a face, drawn by its landmarks: a fringe of hair, sunglasses, a hand, a face mask.

They are clear drawings, not photographs: SIMULATED occluders. An occluder is a list of shapes in the frame of the
112-pixel crop; occluder_painting.py paints them on a photograph.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from gestalt_regions.faces.landmarks import five_points

Colour = tuple[float, float, float]
# sRGB, 0 to 255
WHITE: Colour = (255, 255, 255)
HAIR: tuple[Colour, ...] = ((28, 22, 20), (62, 42, 28), (104, 70, 42), (176, 138, 84), (130, 60, 30))
LENSES: tuple[Colour, ...] = ((14, 14, 16), (34, 24, 18), (20, 26, 34))
CLOTHS: tuple[Colour, ...] = ((150, 190, 214), (232, 234, 236), (150, 200, 170), (40, 42, 46))


@dataclass(frozen=True)
class Shape:
    """A filled outline, or a line of some width, in one colour.

    Attributes
    ----------
    points : ndarray [n, 2]
        Pixels of the 112-pixel crop.
    colour : tuple of float
        sRGB, 0 to 255.
    width : float
        Of a line with round ends, pixels of the crop; 0 fills the outline.
    alpha : float
        0 to 1.
    """

    points: np.ndarray
    colour: Colour
    width: float = 0.0
    alpha: float = 1.0


@dataclass(frozen=True)
class Place:
    """Where a face is, by its landmarks, in pixels of the 112-pixel crop.

    Attributes
    ----------
    points : ndarray [106, 2]
        Order of faces/landmarks.py.
    skin : tuple of float
        Colour of its skin, sRGB, 0 to 255.
    """

    points: np.ndarray
    skin: Colour

    @property
    def eyes(self) -> np.ndarray:
        """Centres of the eyes, that on the image's left first.

        Returns
        -------
        ndarray [2, 2]
            Pixels of the crop.
        """
        return five_points(self.points)[:2]

    @property
    def unit(self) -> float:
        """A length that grows with the face and hardly shrinks when it turns: that from eyes to mouth.

        Returns
        -------
        float
            Pixels of the crop.
        """
        five = five_points(self.points)
        return float(np.linalg.norm(five[3:].mean(0) - five[:2].mean(0)))

    def at(self, across: np.ndarray | float, down: np.ndarray | float) -> np.ndarray:
        """Points of the face, about the middle of its outline at the height of the eyes.

        Parameters
        ----------
        across, down : float or ndarray
            To the image's right, and down the face, in `unit`.

        Returns
        -------
        ndarray [..., 2]
            Pixels of the crop.
        """
        right = self.eyes[1] - self.eyes[0]
        right = right / np.linalg.norm(right)
        below = np.array([-right[1], right[0]])
        sides = self.points[[1, 17]].mean(0)
        middle = self.eyes.mean(0) + right * ((sides - self.eyes.mean(0)) @ right)
        return middle + self.unit * (np.multiply.outer(across, right) + np.multiply.outer(down, below))

    def step(self, across: np.ndarray | float, down: np.ndarray | float) -> np.ndarray:
        """A way across the face and down, as of `at`, from no place in particular.

        Parameters
        ----------
        across, down : float or ndarray
            In `unit`.

        Returns
        -------
        ndarray [..., 2]
            Pixels of the crop.
        """
        return self.at(across, down) - self.at(0.0, 0.0)


Draw = Callable[[Place, np.random.Generator], list[Shape]]


def shade(colour: Colour, factor: float) -> Colour:
    """A lighter or darker colour.

    Parameters
    ----------
    colour : tuple of float
        sRGB, 0 to 255.
    factor : float
        Below 1 is darker.

    Returns
    -------
    tuple of float
        sRGB, 0 to 255.
    """
    red, green, blue = (float(np.clip(value * factor, 0, 255)) for value in colour)
    return red, green, blue


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """A colour between two.

    Parameters
    ----------
    one, other : tuple of float
        sRGB, 0 to 255.
    share : float
        Of the other, 0 to 1.

    Returns
    -------
    tuple of float
        sRGB, 0 to 255.
    """
    red, green, blue = ((1 - share) * a + share * b for a, b in zip(one, other, strict=True))
    return red, green, blue


def _choice(colours: Sequence[Colour], rng: np.random.Generator) -> Colour:
    return colours[int(rng.integers(len(colours)))]


def _curve(*points: np.ndarray, steps: int = 24) -> np.ndarray:
    """A smooth line (Bezier) whose ends are the first and the last point: [steps, 2]."""
    t, level = np.linspace(0, 1, steps)[:, None], [np.repeat(np.asarray(p, float)[None], steps, 0) for p in points]
    while len(level) > 1:
        level = [(1 - t) * one + t * other for one, other in pairwise(level)]
    return level[0]


def fringe(face: Place, rng: np.random.Generator) -> list[Shape]:
    """Locks of hair from above the forehead down to the brows.

    Parameters
    ----------
    face : Place
        Where the face is.
    rng : numpy.random.Generator
        Draws colour, side and locks.

    Returns
    -------
    list of Shape
        From behind to the front.
    """
    colour, sweep = _choice(HAIR, rng), float(rng.choice([-1, 1]) * rng.uniform(0.1, 0.3))
    side = float(np.abs((face.points[[1, 17]] - face.at(0.0, 0.0)) @ (face.step(1.0, 0.0))).mean())
    half = side / face.unit**2
    brows = face.points[[*range(43, 52), *range(97, 106)]]
    origin, below = face.at(0.0, 0.0), (face.step(0.0, 1.0)) / face.unit
    low = float(((brows - origin) @ below).mean()) / face.unit  # height of the brows, in units above the eyes
    shapes = []
    cap = np.linspace(-1, 1, 40)
    top = face.at(1.04 * half * cap, -0.75 - 0.6 * np.sqrt(1 - cap**2))
    bottom = face.at(1.0 * half * cap[::-1], low - 0.22 - 0.12 * (1 - cap[::-1] ** 2))
    shapes.append(Shape(np.concatenate([top, bottom]), shade(colour, 0.85)))
    for place in rng.permutation(np.linspace(-1, 1, 22)):
        start = face.at(0.8 * half * place, -0.75 - 0.58 * np.sqrt(max(0.0, 1 - 0.64 * place**2)))
        reach = low + rng.uniform(-0.04, 0.1) + 0.12 * abs(place)
        x = half * (place + sweep * 0.5) * 0.98
        middle = face.at(half * place * 1.02 + rng.uniform(-0.04, 0.04), -0.75)
        left = _curve(start, middle, face.at(x - 0.17, (reach - 0.75) / 2), face.at(x, reach))
        right = _curve(face.at(x, reach), face.at(x + 0.17, (reach - 0.75) / 2), middle, start)
        shapes.append(Shape(np.concatenate([left, right]), shade(colour, rng.uniform(0.8, 1.2))))
        for _ in range(5):
            across, deep = rng.uniform(-0.09, 0.09), rng.uniform(0.5, 1.0)
            end = face.at(x + across * (1 - deep) * 0.6, -0.75 + deep * (reach + 0.75))
            strand = _curve(start, middle, face.at(x + across, (reach - 0.75) / 2), end)
            shapes.append(Shape(strand, shade(colour, rng.uniform(0.65, 1.5)), 0.5, 0.8))
    return shapes


def _lens(centre: np.ndarray, face: Place, width: float, height: float, outwards: float) -> np.ndarray:
    """Outline of a glass: rounded, a little deeper on the outer side."""
    t = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    power = 0.62
    x = np.sign(np.cos(t)) * np.abs(np.cos(t)) ** power * width / 2
    y = np.sign(np.sin(t)) * np.abs(np.sin(t)) ** power * height / 2
    y = y + 0.08 * height * (x / width) * outwards
    return centre + face.step(x, y)


def sunglasses(face: Place, rng: np.random.Generator) -> list[Shape]:
    """Dark glasses: frame, glasses, bridge and temples.

    Parameters
    ----------
    face : Place
        Where the face is.
    rng : numpy.random.Generator
        Draws colour and size.

    Returns
    -------
    list of Shape
        From behind to the front.
    """
    colour, frame = _choice(LENSES, rng), shade(_choice(LENSES, rng), 0.6)
    apart = float(np.linalg.norm(face.eyes[1] - face.eyes[0]))
    width, height = apart / face.unit * rng.uniform(0.8, 0.9), rng.uniform(0.52, 0.64)
    down = face.step(0.0, 0.05)
    shapes = []
    for eye, outwards, ear in zip(face.eyes, (-1.0, 1.0), face.points[[1, 17]], strict=True):
        outline = _lens(eye + down, face, width, height, outwards)
        corner = eye + down + face.step(outwards * width / 2, -0.3 * height)
        shapes.append(Shape(np.stack([corner, ear + face.step(outwards * 0.05, -0.05)]), frame, 3.0))
        shapes.append(Shape(outline, colour, alpha=0.97))
        shine = eye + down + face.step(np.array([-0.2, -0.02]) * width, np.array([0.3, -0.32]) * height)
        shapes.append(Shape(shine, (200, 210, 220), 2.2, 0.28))
        shapes.append(Shape(np.concatenate([outline, outline[:2]]), frame, 2.4))
    inner = [eye + down + face.step(side * width / 2, -0.12) for eye, side in zip(face.eyes, (1, -1), strict=True)]
    shapes.append(
        Shape(
            _curve(inner[0], (inner[0] + inner[1]) / 2 + 2 * face.step(0.0, -0.05), inner[1]),
            frame,
            3.0,
        )
    )
    return shapes


def mask(face: Place, rng: np.random.Generator) -> list[Shape]:
    """A face mask over nose, mouth and chin, with folds and loops.

    Parameters
    ----------
    face : Place
        Where the face is.
    rng : numpy.random.Generator
        Draws the colour.

    Returns
    -------
    list of Shape
        From behind to the front.
    """
    colour = _choice(CLOTHS, rng)
    down = face.step(0.0, 1.0)
    left, right = (part[np.argsort(part @ down)] for part in (face.points[1:17], face.points[17:33]))
    left, right = left[6::2], right[6::2][::-1]  # from the ear down, and up to the other
    outline = np.concatenate([left, face.points[[0]], right])
    centre = outline.mean(0)
    outline = centre + 1.07 * (outline - centre)
    nose = five_points(face.points)[2]
    bridge = face.eyes.mean(0) + 0.48 * (nose - face.eyes.mean(0))
    up = face.step(0.0, -0.18)
    top = _curve(
        outline[-1],
        outline[-1] * 0.4 + bridge * 0.6 + up,
        bridge + up * 0.35,
        outline[0] * 0.4 + bridge * 0.6 + up,
        outline[0],
    )
    shapes = []
    for corner, low, ear in ((outline[0], outline[2], face.points[1]), (outline[-1], outline[-3], face.points[17])):
        away = (ear - centre) * 0.06
        shapes += [Shape(np.stack([corner, ear + away]), shade(colour, 1.1), 1.4)]
        shapes += [Shape(np.stack([low, ear + away]), shade(colour, 1.1), 1.4)]
    shapes.append(Shape(np.concatenate([outline, top]), colour))
    for share in (0.3, 0.5, 0.7):
        one, other = outline[0] * (1 - share) + outline[3] * share, outline[-1] * (1 - share) + outline[-4] * share
        sag = face.step(0.0, 0.1 + 0.12 * share)
        fold = _curve(one, (one + other) / 2 + 2 * sag, other)
        shapes.append(Shape(fold, shade(colour, 0.82), 1.4))
        shapes.append(Shape(fold + face.step(0.0, 0.03), shade(colour, 1.08), 0.9))
    shapes.append(Shape(np.concatenate([outline, top, outline[:1]]), shade(colour, 0.8), 1.0))
    return shapes


def hand(face: Place, rng: np.random.Generator) -> list[Shape]:
    """The back of a hand before mouth and chin, its fingers to one side.

    Parameters
    ----------
    face : Place
        Where the face is.
    rng : numpy.random.Generator
        Draws side, slant and shade.

    Returns
    -------
    list of Shape
        From behind to the front.
    """
    side, slant = float(rng.choice([-1, 1])), np.radians(rng.uniform(38, 58))
    colour = shade(face.skin, float(rng.uniform(0.88, 1.02)))
    line, nail = shade(colour, 0.62), shade(mixed(colour, WHITE, 0.45), 1.02)
    mouth = five_points(face.points)[3:].mean(0)
    along, beside = np.array([np.cos(slant), -np.sin(slant)]), np.array([np.sin(slant), np.cos(slant)])

    def _point(forward: float, across: float) -> np.ndarray:
        x, y = 0.92 * (along * forward + beside * across)
        return mouth + face.step(side * x, y + 0.12)

    def _limb(points: np.ndarray, width: float) -> list[Shape]:
        return [Shape(points, line, (width + 0.06) * face.unit), Shape(points, colour, width * face.unit)]

    shapes = _limb(np.stack([_point(-0.75, 0.0), _point(-2.6, 0.1)]), 0.85)  # wrist and forearm
    palm = [
        _point(*at)
        for at in ((-1.0, -0.44), (-0.3, -0.56), (0.02, -0.5), (0.08, 0.0), (-0.06, 0.5), (-0.5, 0.56), (-1.0, 0.42))
    ]
    shapes += _limb(np.stack([_point(-0.65, -0.42), _point(-0.25, -0.78), _point(0.2, -0.88)]), 0.25)  # thumb
    shapes.append(Shape(np.stack([_point(0.22, -0.88)]), nail, 0.13 * face.unit))
    shapes += [
        Shape(np.stack([*palm, palm[0]]), line, 0.2 * face.unit),
        Shape(np.stack(palm), colour),
        Shape(np.stack([*palm, palm[0]]), colour, 0.14 * face.unit),
    ]
    for across, reach, width in ((0.47, 0.62, 0.21), (-0.4, 0.9, 0.24), (0.19, 0.94, 0.24), (-0.1, 1.02, 0.25)):
        spread = 1.12 * across
        shapes += _limb(np.stack([_point(-0.05, across), _point(reach, spread)]), width)
        shapes.append(Shape(np.stack([_point(-0.25, across), _point(0.1, across)]), colour, width * face.unit))
        shapes.append(
            Shape(np.stack([_point(reach + 0.0, spread), _point(reach + 0.04, spread)]), nail, 0.6 * width * face.unit)
        )
        for knuckle in (0.42, 0.5):
            shapes.append(
                Shape(
                    np.stack(
                        [_point(reach * knuckle + 0.1, spread - 0.05), _point(reach * knuckle + 0.1, spread + 0.05)]
                    ),
                    line,
                    0.6,
                    0.5,
                )
            )
    return shapes


OCCLUDERS: dict[str, Draw] = {"fringe": fringe, "sunglasses": sunglasses, "hand": hand, "mask": mask}
