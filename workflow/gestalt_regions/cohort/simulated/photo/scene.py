"""What a photo of a head is made of: plain numbers, so that a plan row can be turned into one and compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Colour = tuple[float, float, float]
FRAME_WIDTH = 36.0  # mm, the width of the frame that focal lengths refer to


def colour(values: Iterable[float]) -> Colour:
    """Three numbers as a colour.

    Parameters
    ----------
    values : iterable of float
        Red, green and blue.

    Returns
    -------
    Colour
        The same as a tuple of float.
    """
    red, green, blue = map(float, values)
    return red, green, blue


@dataclass(frozen=True)
class Look:
    """A subject's appearance apart from shape. Colours are linear RGB in 0..1.

    Names are head model parts and textures (no hair: ""). Densities and the lateral brow loss are shares; squint is
    how far the left eye turns inwards, degrees; iris_goal is the eyes' texture that the iris is iris_share on its way
    to; form holds amounts of loose_parts.FORMS; teeth is False before they come.
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
    iris_goal: str = ""
    iris_share: float = 0.0
    hair_density: float = 1.0
    teeth: bool = True
    form: Mapping[str, float] = field(default_factory=dict)

    @property
    def iris(self) -> str:
        """Texture of the eyes; `a>b@3`: three tenths of the way from a to b (tenths: few textures to keep).

        Returns
        -------
        str
            Its name.
        """
        tenths = round(10 * self.iris_share)
        return f"eyes/{self.eyes}" + (f">eyes/{self.iris_goal}@{tenths}" if tenths and self.iris_goal else "")


@dataclass(frozen=True)
class View:
    """One photo: pose, camera, light, backdrop, expression, and what is lost on the way to the file.

    Angles in degrees; lights as (direction, linear RGB); backdrop colours are sRGB. The default loses nothing but for
    a little noise. `develop.degrade` applies the last group.
    """

    yaw: float = 0.0  # to the subject's left
    pitch: float = 0.0  # down
    roll: float = 0.0
    gaze: tuple[float, float] = (0.0, 0.0)  # to the subject's left and up
    focal: float = 140.0  # focal length in mm for a frame 36 mm wide: with the framing it sets the camera's distance
    zoom: float = 1.0  # how tightly the head is framed
    shift: tuple[float, float] = (0.0, 0.0)  # of the head in the frame, in frame heights
    key: tuple[Colour, Colour] = ((0.5, 0.6, 1.0), (0.9, 0.87, 0.82))
    fill: tuple[Colour, Colour] = ((-0.7, 0.2, 0.8), (0.35, 0.36, 0.38))
    sky: Colour = (0.42, 0.43, 0.45)
    ground: Colour = (0.24, 0.22, 0.2)
    backdrop_kind: str = "gradient"  # develop.BACKDROPS
    backdrop: tuple[Colour, Colour] = ((0.5, 0.55, 0.6), (0.35, 0.38, 0.42))
    clothes: Colour = (0.2, 0.25, 0.35)
    smile: float = 0.0  # this and the next three: weights of face units
    jaw: float = 0.0
    blink: float = 0.0
    brow_raise: float = 0.0
    exposure: float = 0.0  # stops
    white_balance: float = 0.0  # share by which red gains and blue loses
    blur: float = 0.0  # standard deviation, pixels of a photo 256 wide
    motion: float = 0.0  # length, pixels of a photo 256 wide
    motion_angle: float = 0.0
    resolution: float = 1.0  # share of the width that survives
    noise: float = 0.012  # standard deviation, share of white
    jpeg: float = 100.0  # quality; 100 is no compression
    seed: int = 0  # of the backdrop and the noise

    @property
    def distance(self) -> float:
        """From the camera to the head.

        Returns
        -------
        float
            In heights of the frame without zoom.
        """
        return self.focal / FRAME_WIDTH / self.zoom

    @property
    def expression(self) -> dict[str, float]:
        """Weights of the face units; a smile lifts the cheeks a little too.

        Returns
        -------
        dict
            Morph target -> weight.
        """
        sides = {
            "fu-mouthSmile": self.smile,
            "fu-cheekSquint": 0.3 * self.smile,
            "fu-eyeBlink": self.blink,
        }
        both = {name + side: weight for name, weight in sides.items() for side in ("Left", "Right")}
        return both | {"fu-jawOpen": self.jaw, "fu-browInnerUp": self.brow_raise}
