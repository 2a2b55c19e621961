"""Textures of the CC0-only head, painted by rule: PNG bytes, the same at every call."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from scipy import ndimage

from gestalt_regions.assets.archives import BaseData
from gestalt_regions.cohort.simulated.head.head_landmarks import MIDDLE
from gestalt_regions.cohort.simulated.head.head_parts import mask
from gestalt_regions.core.seeds import generator

Colour = tuple[float, float, float]  # sRGB, 0..255
SKIN_COLOURS: dict[str, Colour] = {  # by ancestry
    "caucasian": (226, 182, 160),
    "asian": (222, 178, 144),
    "african": (116, 82, 64),
}
IRISES: dict[str, Colour] = {
    "blue": (78, 116, 160),
    "bluegreen": (76, 126, 130),
    "brown": (74, 44, 24),
    "brownlight": (118, 76, 40),
    "deepblue": (46, 78, 134),
    "green": (92, 116, 66),
    "grey": (120, 130, 136),
    "ice": (150, 178, 196),
    "lightblue": (116, 156, 190),
}
IRIS, PUPIL = 0.46, 0.2  # radius, radians from straight ahead
SKIN_SIZE = 1024
TINTS = {  # of UV masks: share of each channel that is left, blur in pixels
    "ears": ((1.0, 0.88, 0.86), 3.0),
    "lips": ((0.88, 0.62, 0.62), 1.2),
    "inside-mouth": ((0.35, 0.16, 0.16), 1.0),
}
FLUSHED = ((0.42, 6.98, 1.32, 0.028, 0.35), (0.0, *MIDDLE["nose_tip"][1:], 0.014, 0.3))  # x, y, z, uv radius, share


def _png(pixels: np.ndarray) -> bytes:
    """Floats 0..255 (H,W,3 or 4) as a PNG."""
    stream = io.BytesIO()
    Image.fromarray(np.round(np.clip(pixels, 0, 255)).astype(np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def _noise(name: str, shape: tuple[int, int], sigma: float | tuple[float, float]) -> np.ndarray:
    """Smooth noise (H,W) of standard deviation 1, which repeats at the edges."""
    field = ndimage.gaussian_filter(generator(0, "cc0", name).standard_normal(shape), sigma, mode="wrap")
    return field / field.std()


def skin(base: BaseData, colour: Colour) -> bytes:
    """Skin in the base mesh's UV frame: blotches, redder cheeks, nose and lips, a dark mouth.

    Parameters
    ----------
    base : BaseData
        The base mesh with its masks.
    colour : Colour
        sRGB, 0..255.

    Returns
    -------
    bytes
        A PNG.
    """
    shape = (SKIN_SIZE, SKIN_SIZE)
    pixels = np.array(colour) * (1 + 0.015 * _noise("blotches", shape, 9) + 0.02 * _noise("pores", shape, 1))[..., None]
    flush = np.array([1.0, 0.72, 0.72])
    row, column = np.mgrid[:SKIN_SIZE, :SKIN_SIZE] / SKIN_SIZE
    for x, y, z, radius, share in FLUSHED:
        for side in {x, -x}:
            u, v = _uv_at(base, (side, y, z))
            near = share * np.exp(-((column - u) ** 2 + (1 - row - v) ** 2) / (2 * radius**2))
            pixels *= 1 - near[..., None] * (1 - flush)
    for name, (tint, blur) in TINTS.items():
        image = Image.fromarray(mask(base, name)).resize(shape, Image.Resampling.BOX)
        share = ndimage.gaussian_filter(np.asarray(image) / 255, blur)
        pixels *= 1 - share[..., None] * (1 - np.array(tint))
    return _png(pixels)


def _uv_at(base: BaseData, place: Colour) -> np.ndarray:
    """Texture coordinates (2,) of the body's vertex nearest to a place at rest."""
    mesh = base.mesh
    body = mesh.groups == "body"
    triangles, corners = mesh.triangles[body].ravel(), mesh.corners[body].ravel()
    return mesh.uvs[corners[np.linalg.norm(mesh.vertices[triangles] - place, axis=1).argmin()]]


def eye(iris: Colour, size: int = 512) -> bytes:
    """An eyeball seen from the front.

    The distance from the middle is the angle from straight ahead, 180 degrees at the edge.

    Parameters
    ----------
    iris : Colour
        sRGB, 0..255.
    size : int
        Pixels of a side.

    Returns
    -------
    bytes
        A PNG.
    """
    y, x = (np.mgrid[:size, :size] + 0.5) / size * 2 - 1
    angle, turn = np.hypot(x, y) * np.pi, np.arctan2(y, x)
    rays = 1 + 0.12 * np.sin(31 * turn) * np.sin(17 * turn + 2) + 0.25 * (angle / IRIS - 0.6)
    pixels = np.full((size, size, 3), (236.0, 228.0, 224.0))
    pixels -= np.clip(angle - 0.7, 0, 1)[..., None] * [10, 40, 40]  # redder towards the corners
    ring = 1 - 0.45 * _step(angle, 0.8 * IRIS, IRIS)
    pixels = _over(pixels, np.array(iris) * (rays * ring)[..., None], 1 - _step(angle, IRIS - 0.02, IRIS + 0.03))
    return _png(_over(pixels, np.array((8.0, 7.0, 7.0)), 1 - _step(angle, PUPIL - 0.015, PUPIL + 0.015)))


def brow(half: float, size: tuple[int, int] = (384, 512)) -> bytes:
    """A brow along the middle of the texture; it tapers to the temple.

    Parameters
    ----------
    half : float
        Half its height, as a share of the texture's.
    size : tuple of int
        Height and width, pixels.

    Returns
    -------
    bytes
        A PNG with alpha.
    """
    y, x = (np.mgrid[: size[0], : size[1]] + 0.5) / np.array(size)[:, None, None]
    along = (x - 0.1) / 0.8
    width = half * np.clip(np.minimum(along / 0.12, (1 - along) / 0.55), 0, 1) ** 0.5
    strands = 0.75 + 0.25 * _noise("strands", size, (10, 2))
    inside = np.clip(1 - np.abs(y - 0.5) / np.maximum(width, 1e-6), 0, 1) * (width > 0)
    alpha = 255 * np.clip(2.2 * inside * strands, 0, 1)
    return _png(np.dstack([np.broadcast_to(120.0, (*size, 3)), alpha]))


def lashes(size: tuple[int, int] = (64, 512)) -> bytes:
    """Strokes from the lid (the bottom row) to tips.

    Parameters
    ----------
    size : tuple of int
        Height and width, pixels.

    Returns
    -------
    bytes
        A PNG with alpha.
    """
    y, x = (np.mgrid[: size[0], : size[1]] + 0.5) / np.array(size)[:, None, None]
    out = 1 - y
    stroke = 0.5 + 0.5 * np.sin(2 * np.pi * (70 * x + 0.6 * np.sin(40 * x)))
    return _png(np.dstack([np.broadcast_to(30.0, (*size, 3)), 255 * np.clip(2.2 * stroke * (1 - out), 0, 1)]))


def hair(size: int = 256) -> bytes:
    """Strands along the texture's height.

    Parameters
    ----------
    size : int
        Pixels of a side.

    Returns
    -------
    bytes
        A PNG with alpha.
    """
    light = 110 * (1 + 0.28 * _noise("hair", (size, size), (40, 0.8)) + 0.12 * _noise("locks", (size, size), (30, 5)))
    return _png(np.dstack([light, light, light, np.full((size, size), 255.0)]))


def teeth(size: int = 512) -> bytes:
    """A row of teeth with darker gaps.

    Parameters
    ----------
    size : int
        Width, pixels.

    Returns
    -------
    bytes
        A PNG.
    """
    x = (np.arange(size) + 0.5) / size
    gap = 1 - 0.5 * (np.abs(np.sin(np.pi * 10 * (x - 0.5))) < 0.08)
    return _png(np.array((236.0, 228.0, 210.0)) * np.broadcast_to(gap, (8, size))[..., None])


def tongue(size: int = 64) -> bytes:
    """A tongue, slightly mottled.

    Parameters
    ----------
    size : int
        Pixels of a side.

    Returns
    -------
    bytes
        A PNG.
    """
    return _png(np.array((206.0, 112.0, 112.0)) * (1 + 0.04 * _noise("tongue", (size, size), 1))[..., None])


def _step(value: np.ndarray, low: float, high: float) -> np.ndarray:
    share = np.clip((value - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)


def _over(under: np.ndarray, colour: np.ndarray, share: np.ndarray) -> np.ndarray:
    return under + share[..., None] * (colour - under)
