"""One photo: pose, camera, light, backdrop, clothes, expression and loss, drawn from the ranges in the config."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gestalt_regions.cohort.simulated.photo.scene import View, colour
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
# drawn as they are, each under its own name
PLAIN = (
    *("yaw", "pitch", "roll", "focal", "zoom", "smile", "jaw", "blink", "brow_raise", "exposure"),
    *("white_balance", "blur", "motion", "resolution", "noise", "jpeg"),
)


def check_ranges(photos: Mapping) -> None:
    """Check that no range of cohort.photos runs backwards.

    Parameters
    ----------
    photos : mapping
        Config key cohort.photos.

    Raises
    ------
    InputError
        For one that does.
    """
    for name in RANGES:
        low, high = photos[name]
        if low > high:
            raise InputError(
                f"config cohort.photos.{name}: [{low}, {high}] runs backwards; write the smaller number first"
            )


def view(seed: int, sample_id: str, photos: Mapping) -> View:
    """Everything about one photo, drawn from ranges.

    Every number has a seed of its own: changing one range leaves all else as it was.

    Parameters
    ----------
    seed : int
        The study's seed.
    sample_id : str
        The photo.
    photos : mapping
        Config key cohort.photos.

    Returns
    -------
    View
        The photo's view.
    """

    def _stream(name: str) -> np.random.Generator:
        return generator(seed, "cohort", "view", sample_id, name)

    def _drawn(name: str, purpose: str = "") -> float:
        low, high = photos[name]
        random = _stream(name + purpose)
        if RANGES[name] == "even":
            return float(low + (high - low) * random.random())
        share = random.standard_normal() / 2.4
        return float((low + high) / 2 + (high - low) / 2 * np.clip(share, -1, 1))

    def _warm(level: float, purpose: str) -> tuple[float, float, float]:
        t = _drawn("warmth", purpose)
        return (level * (1 + t), level, level * (1 - t))

    def _tinted(level: float, purpose: str) -> tuple[float, float, float]:
        tint = _stream("tint" + purpose).uniform(-1, 1, 3) * _drawn("backdrop_saturation", purpose)
        return colour(np.clip(level + tint, 0.03, 0.97))

    a, e = np.radians([_drawn("light_side"), _drawn("light_height")])
    key = (float(np.sin(a) * np.cos(e)), float(np.sin(e)), float(np.cos(a) * np.cos(e)))
    other = (-key[0] * 1.2 - 0.1, 0.15, 0.7)
    contrast = _drawn("contrast")  # from flat daylight to one lamp
    wall = _drawn("backdrop_lightness")
    return View(
        **{name: _drawn(name) for name in PLAIN},
        gaze=(_drawn("gaze"), _drawn("gaze", "up") / 2),
        shift=(_drawn("shift"), _drawn("shift", "up")),
        key=(key, _warm(0.35 + 0.6 * contrast, "key")),
        fill=(other, _warm(0.45 - 0.35 * contrast, "fill")),
        sky=_warm(0.5 - 0.2 * contrast, "sky"),
        ground=_warm(0.32 - 0.18 * contrast, "ground"),
        backdrop_kind=str(_stream("backdrop").choice(sorted(photos["backdrops"]))),
        backdrop=(_tinted(wall, "top"), _tinted(wall * _stream("wall").uniform(0.6, 1.1), "bottom")),
        clothes=colour(_drawn("clothes_lightness") * _stream("clothes").uniform(0.5, 1.0, 3)),
        motion_angle=float(_stream("motion_angle").uniform(0, 180)),
        seed=derive(seed, "cohort", "photo", sample_id),
    )
