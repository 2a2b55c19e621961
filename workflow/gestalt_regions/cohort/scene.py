"""What a photo of a head is made of: plain numbers, so that a plan row can be turned into one and compared."""

from __future__ import annotations

from dataclasses import dataclass, field

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Look:
    """A subject's appearance apart from shape. Colours are linear RGB in 0..1.

    Names are head model parts and textures (no hair: ""). Densities and the lateral brow loss are shares; squint is
    how far the left eye turns inwards, degrees; tooth_gap is the share of each tooth's width that becomes a gap.
    """

    skin: str
    skin_gain: Colour
    eyes: str
    eye_gain: Colour
    brows: str
    brow_density: float
    lateral_brow_loss: float
    lashes: str
    lash_density: float
    hair: str
    hair_colour: Colour
    brow_colour: Colour
    squint: float = 0.0
    tooth_gap: float = 0.0


@dataclass(frozen=True)
class View:
    """One photo: pose in degrees, camera distance in frame heights, lights as (direction, linear RGB) and backdrop."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    distance: float = 4.0
    zoom: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    gaze: tuple[float, float] = (0.0, 0.0)  # degrees to the subject's left and up
    key: tuple[Colour, Colour] = ((0.5, 0.6, 1.0), (0.9, 0.87, 0.82))
    fill: tuple[Colour, Colour] = ((-0.7, 0.2, 0.8), (0.35, 0.36, 0.38))
    sky: Colour = (0.42, 0.43, 0.45)
    ground: Colour = (0.24, 0.22, 0.2)
    backdrop: tuple[Colour, Colour] = ((0.5, 0.55, 0.6), (0.35, 0.38, 0.42))
    clothes: Colour = (0.2, 0.25, 0.35)
    noise: float = 0.012
    expression: dict[str, float] = field(default_factory=dict)
    seed: int = 0
