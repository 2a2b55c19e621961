"""Pixels of any colour model to sRGB: embedded profiles are applied, transparency is laid over white."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

from gestalt_regions.faces.unusable import Unusable

UNREADABLE = "colour_profile_unreadable"
# A profile that moves no colour of a grid by more than this (grey levels) is sRGB: pixels then stay to the bit.
SAME = 2
_GREY = ("1", "L", "LA", "La", "I;16", "I;16L", "I;16B", "I;16N", "I")
_MODES = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK", "Lab": "LAB"}
# Linear Adobe RGB (1998) to linear sRGB (IEC 61966-2-1), which have the same white; and the gamma of Adobe RGB.
_ADOBE = np.array([[1.3983557, -0.3983557, 0.0], [0.0, 1.0, 0.0], [0.0, -0.0429290, 1.0429290]], np.float32)
_ADOBE_GAMMA = 563 / 256
ADOBE_BY_EXIF = "Adobe RGB (1998), as EXIF says"
_BAND = 256  # rows converted at a time
_NO_RANGE = "{} pixels have no defined range; save it as an 8 or 16-bit image"


@lru_cache(maxsize=1)
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _grid(mode: str) -> Image.Image:
    """Colours over the whole range of a mode."""
    if mode == "L":
        return Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    steps = np.linspace(0, 255, 17).round().astype(np.uint8)
    return Image.fromarray(np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(17, -1, 3))


@lru_cache(maxsize=8)
def _profile(data: bytes) -> tuple[str, str, ImageCms.ImageCmsTransform | None]:
    """Name, mode of the pixels it is for, and the way to sRGB; None: it is sRGB already."""
    profile = ImageCms.ImageCmsProfile(BytesIO(data))
    mode = _MODES[profile.profile.xcolor_space.strip()]
    way: ImageCms.ImageCmsTransform | None = ImageCms.buildTransform(
        profile,
        _srgb(),
        mode,
        "RGB",
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    if mode in ("L", "RGB"):
        colours = _grid(mode)
        moved = _moved(colours, way)
        change = np.abs(np.asarray(moved, np.int16) - np.asarray(colours.convert("RGB"), np.int16)).max()
        way = None if change <= SAME else way
    return _name(profile), mode, way


def _name(profile: ImageCms.ImageCmsProfile) -> str:
    """The description of a profile, for a table: printable and short."""
    return "".join(c for c in (profile.profile.profile_description or "") if c.isprintable()).strip()[:64] or "unnamed"


def _rgb(image: Image.Image) -> Image.Image:
    """Mode RGB, without a copy of what has it."""
    return image if image.mode == "RGB" else image.convert("RGB")


def _moved(image: Image.Image, way: ImageCms.ImageCmsTransform | None) -> Image.Image:
    """The image by a transform, as a new image; as it is without one."""
    if way is None:
        return _rgb(image)
    rgb = Image.new("RGB", image.size)
    way.apply(image, rgb)
    return rgb


def _eight_bits(image: Image.Image) -> Image.Image:
    """8 bits a channel. 16-bit grey keeps its full range; pixels without a defined range are refused."""
    if image.mode == "F":
        raise Unusable("unreadable", _NO_RANGE.format("floating-point"))
    if image.mode.startswith("I"):
        values = np.asarray(image)
        if values.max(initial=0) > 65535:
            raise Unusable("unreadable", _NO_RANGE.format("32-bit"))
        return Image.fromarray((values.clip(0) // 257).astype(np.uint8))
    return image


def _profiled(image: Image.Image) -> tuple[Image.Image | None, str, list[str]]:
    """RGB by the embedded profile, its name, and warnings; None without a profile for these pixels."""
    data = image.info.get("icc_profile")
    if not data:
        return None, "", []
    try:
        name, mode, way = _profile(bytes(data))
        if mode == "L" and image.mode in _GREY:
            pixels = image.convert("L")
        elif mode == "RGB" and image.mode not in ("CMYK", "LAB"):
            pixels = _rgb(image)
        elif mode == image.mode:
            pixels = image
        else:
            return None, name, [UNREADABLE]
        return _moved(pixels, way), name, []
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, KeyError, AttributeError):
        return None, "", [UNREADABLE]


def _from_adobe(image: Image.Image) -> Image.Image:
    """sRGB of pixels that are Adobe RGB (1998)."""
    linear = (np.arange(256, dtype=np.float32) / 255) ** _ADOBE_GAMMA
    made = Image.new("RGB", image.size)
    for top in range(0, image.height, _BAND):
        band = linear[np.asarray(image.crop((0, top, image.width, min(top + _BAND, image.height))))] @ _ADOBE.T
        band = band.clip(0, 1)
        band = np.where(band <= 0.0031308, 12.92 * band, 1.055 * band ** (1 / 2.4) - 0.055)
        made.paste(Image.fromarray((band * 255).round().astype(np.uint8)), (0, top))
    return made


def to_srgb(image: Image.Image, adobe: bool = False) -> tuple[Image.Image, str, list[str]]:
    """8-bit sRGB of an image, by its embedded colour profile if it has one (relative colorimetric).

    A profile that cannot be read, or is for another colour model, is left out with the warning UNREADABLE. The gAMA
    and cHRM chunks of a PNG are not applied: few viewers do, and many writers put wrong numbers there.

    Parameters
    ----------
    image : Image
        Of any mode, loaded.
    adobe : bool
        Whether EXIF says Adobe RGB, which counts for RGB pixels without an embedded profile.

    Returns
    -------
    rgb : Image
        Mode RGB.
    profile : str
        Name of the profile; empty without one.
    warnings : list of str
        UNREADABLE or nothing.

    Raises
    ------
    Unusable
        For pixels without a defined range: floating point, or 32-bit integers.
    """
    profile = image.info.get("icc_profile")
    alpha = None
    if image.has_transparency_data:
        clear = image if image.mode in ("RGBA", "LA") else image.convert("RGBA")
        alpha = clear.getchannel("A")
        image = clear.convert("L" if clear.mode == "LA" else "RGB")
        del clear  # a picture may be large
    image = _eight_bits(image)
    image.info = {"icc_profile": profile}
    rgb, name, warnings = _profiled(image)
    if rgb is None and adobe and image.mode == "RGB" and not profile:
        rgb, name = _from_adobe(image), ADOBE_BY_EXIF
    elif rgb is None:
        rgb = _rgb(image) if image.mode != "LAB" else _moved(image, _lab())
    if alpha is not None and alpha.getextrema() != (255, 255):
        seen = Image.new("RGB", rgb.size, "white")
        seen.paste(rgb, mask=alpha)
        rgb = seen
    return rgb, name, warnings


@lru_cache(maxsize=1)
def _lab() -> ImageCms.ImageCmsTransform:
    """From Lab (D50) to sRGB."""
    return ImageCms.buildTransform(ImageCms.createProfile("LAB"), _srgb(), "LAB", "RGB")
