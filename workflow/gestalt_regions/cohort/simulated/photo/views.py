"""One photo: pose, camera, light, backdrop, clothes, expression and loss, drawn from the ranges in the config."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gestalt_regions.cohort.simulated.photo.scene import View
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.seeds import derive, generator

# cohort.photos: "middle" values gather around the middle of their range (normal, the ends at 2.4 standard deviations,
# cut there), "even" values are spread over it.
RANGES = {
    "yaw": "middle",
    "pitch": "middle",
    "roll": "middle",
    "gaze": "middle",
    "shift": "middle",
    "light_side": "middle",
    "warmth": "middle",
    "exposure": "middle",
    "white_balance": "middle",
    "focal": "even",
    "zoom": "even",
    "light_height": "even",
    "contrast": "even",
    "backdrop_lightness": "even",
    "backdrop_saturation": "even",
    "clothes_lightness": "even",
    "smile": "even",
    "jaw": "even",
    "blink": "even",
    "brow_raise": "even",
    "blur": "even",
    "motion": "even",
    "resolution": "even",
    "noise": "even",
    "jpeg": "even",
}


def check_ranges(photos: Mapping) -> None:
    """Raises InputError for a range of cohort.photos that runs backwards."""
    for name in RANGES:
        low, high = photos[name]
        if low > high:
            raise InputError(
                f"config cohort.photos.{name}: [{low}, {high}] runs backwards; write the smaller number first"
            )


def view(seed: int, sample_id: str, photos: Mapping) -> View:
    """Everything about one photo; knows only its name and the ranges `photos` (config cohort.photos).

    Every number has a seed of its own: changing one range leaves all else as it was.
    """

    def stream(name: str) -> np.random.Generator:
        return generator(seed, "cohort", "view", sample_id, name)

    def draw(name: str, purpose: str = "") -> float:
        low, high = photos[name]
        random = stream(name + purpose)
        if RANGES[name] == "even":
            return float(low + (high - low) * random.random())
        share = random.standard_normal() / 2.4
        return float((low + high) / 2 + (high - low) / 2 * np.clip(share, -1, 1))

    def warm(level: float, purpose: str) -> tuple[float, float, float]:
        t = draw("warmth", purpose)
        return (level * (1 + t), level, level * (1 - t))

    def tinted(level: float, purpose: str) -> tuple[float, float, float]:
        tint = stream("tint" + purpose).uniform(-1, 1, 3) * draw("backdrop_saturation", purpose)
        return tuple(map(float, np.clip(level + tint, 0.03, 0.97)))

    a, e = np.radians([draw("light_side"), draw("light_height")])
    key = (float(np.sin(a) * np.cos(e)), float(np.sin(e)), float(np.cos(a) * np.cos(e)))
    other = (-key[0] * 1.2 - 0.1, 0.15, 0.7)
    contrast = draw("contrast")  # from flat daylight to one lamp
    wall = draw("backdrop_lightness")
    plain = ("yaw", "pitch", "roll", "focal", "zoom", "smile", "jaw", "blink", "brow_raise", "exposure")
    plain += ("white_balance", "blur", "motion", "resolution", "noise", "jpeg")
    return View(
        **{name: draw(name) for name in plain},
        gaze=(draw("gaze"), draw("gaze", "up") / 2),
        shift=(draw("shift"), draw("shift", "up")),
        key=(key, warm(0.35 + 0.6 * contrast, "key")),
        fill=(other, warm(0.45 - 0.35 * contrast, "fill")),
        sky=warm(0.5 - 0.2 * contrast, "sky"),
        ground=warm(0.32 - 0.18 * contrast, "ground"),
        backdrop_kind=str(stream("backdrop").choice(sorted(photos["backdrops"]))),
        backdrop=(tinted(wall, "top"), tinted(wall * stream("wall").uniform(0.6, 1.1), "bottom")),
        clothes=tuple(map(float, draw("clothes_lightness") * stream("clothes").uniform(0.5, 1.0, 3))),
        motion_angle=float(stream("motion_angle").uniform(0, 180)),
        seed=derive(seed, "cohort", "photo", sample_id),
    )
