"""From the renderer's pixels to a photo: first the clean picture, then what a camera and a file take away from it.

The two are apart so that a counterfactual twin can be compared with its original before any loss. All randomness
comes from View.seed, one stream for each purpose: two heads in the same view get the same backdrop and noise.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from scipy import fft

from gestalt_regions.cohort.simulated.photo.scene import Colour, View
from gestalt_regions.core.seeds import generator

UNIT = 256  # blur and motion are given in pixels of a photo of this width
GAMMA = 2.2  # shading.py's, so that exposure and white balance act on linear light


def develop(pixels: np.ndarray, size: int, view: View) -> np.ndarray:
    """The clean picture: supersamples averaged over the backdrop.

    Parameters
    ----------
    pixels : ndarray of uint8 [k * size, k * size, 4]
        The renderer's RGBA.
    size : int
        Width of the photo, pixels.
    view : View
        Its backdrop.

    Returns
    -------
    ndarray of float32 [size, size, 3]
        sRGB in 0..1.
    """
    factor = len(pixels) // size
    cover = (pixels[..., 3:] > 0).astype(np.float32)
    mean = (pixels[..., :3] * cover).reshape(size, factor, size, factor, 3).mean((1, 3)) / 255
    cover = cover.reshape(size, factor, size, factor, 1).mean((1, 3))
    return (mean + (1 - cover) * backdrop(size, view)).astype(np.float32)


def degrade(image: np.ndarray, view: View) -> np.ndarray:
    """The photo of a clean picture: exposure, blur, fewer pixels, noise, JPEG, in this order.

    A small photo is compressed at its own size and enlarged afterwards, as prints and web pictures are.

    Parameters
    ----------
    image : ndarray of float32 [size, size, 3]
        sRGB in 0..1.
    view : View
        What is lost.

    Returns
    -------
    ndarray of uint8 [size, size, 3]
        The photo.
    """
    size = len(image)
    gain = 2.0**view.exposure * np.array([1 + view.white_balance, 1, 1 - view.white_balance])
    image = _blurred(image * gain ** (1 / GAMMA), view.blur * size / UNIT, view.motion * size / UNIT, view.motion_angle)
    small = max(8, round(view.resolution * size))
    if small < size:
        channels = [Image.fromarray(np.ascontiguousarray(c, np.float32)) for c in np.moveaxis(image, -1, 0)]
        image = np.stack([np.asarray(c.resize((small, small), Image.Resampling.BOX)) for c in channels], -1)
    image = image + view.noise * generator(view.seed, "noise").standard_normal(image.shape)
    photo = Image.fromarray(np.round(np.clip(image, 0, 1) * 255).astype(np.uint8))
    if view.jpeg < 100:
        stream = io.BytesIO()
        photo.save(stream, "JPEG", quality=round(view.jpeg))
        photo = Image.open(stream)
    return np.asarray(photo.resize((size, size), Image.Resampling.BICUBIC) if small < size else photo)


def _blurred(image: np.ndarray, sigma: float, length: float, angle: float) -> np.ndarray:
    """Gaussian blur (sigma, pixels) and motion along a line (length in pixels, angle in degrees), in one product."""
    if sigma <= 0 and length <= 0:
        return image
    pad = int(np.ceil(4 * sigma + length / 2)) + 1
    padded = np.pad(image, ((pad, pad), (pad, pad), (0, 0)), "reflect")
    y, x = fft.fftfreq(padded.shape[0])[:, None], fft.rfftfreq(padded.shape[1])[None]
    a = np.radians(angle)
    response = np.exp(-2 * (np.pi * sigma) ** 2 * (x**2 + y**2)) * np.sinc(length * (x * np.cos(a) - y * np.sin(a)))
    blurred = fft.irfft2(
        fft.rfft2(padded, axes=(0, 1)) * response[..., None], padded.shape[:2], axes=(0, 1), overwrite_x=True
    )
    return blurred[pad:-pad, pad:-pad]


def _plain(size: int, colours: tuple[Colour, Colour], random: np.random.Generator) -> np.ndarray:
    return np.broadcast_to(np.array(colours[0]), (size, size, 3))


def _gradient(size: int, colours: tuple[Colour, Colour], random: np.random.Generator) -> np.ndarray:
    """A wall out of focus: a vertical blend of two colours with a few soft patches."""
    rows = np.linspace(0, 1, size)[:, None, None]
    wall = np.array(colours[0]) * (1 - rows) + np.array(colours[1]) * rows
    patches = random.normal(0, 0.05, (4, 4, 1)) + random.normal(0, 0.02, (4, 4, 3))
    channels = [Image.fromarray(patches[..., c].astype(np.float32)) for c in range(3)]
    return wall + np.stack([np.asarray(c.resize((size, size), Image.Resampling.BICUBIC)) for c in channels], -1)


def _clutter(size: int, colours: tuple[Colour, Colour], random: np.random.Generator) -> np.ndarray:
    """A room out of focus: blurred boxes and discs of the two colours, lighter or darker."""
    small = 64
    wall = Image.new("RGB", (small, small), tuple(int(255 * c) for c in colours[0]))
    draw = ImageDraw.Draw(wall)
    for _ in range(14):
        x, y, w, h = random.uniform((-0.2, -0.2, 0.05, 0.05), (1.0, 1.0, 0.5, 0.6)) * small
        share, gain, disc = random.random(), random.uniform(0.5, 1.5), random.random() < 0.3
        colour = (share * np.array(colours[0]) + (1 - share) * np.array(colours[1])) * gain
        colour = np.clip(colour + random.normal(0, 0.06, 3), 0, 1)
        shape = draw.ellipse if disc else draw.rectangle
        shape((x, y, x + w, y + h), fill=tuple(int(255 * c) for c in colour))
    soft = wall.filter(ImageFilter.GaussianBlur(float(random.uniform(1.5, 4))))
    return np.asarray(soft.resize((size, size), Image.Resampling.BICUBIC)) / 255


BACKDROPS: dict[str, Callable[[int, tuple[Colour, Colour], np.random.Generator], np.ndarray]] = {
    "plain": _plain,
    "gradient": _gradient,
    "clutter": _clutter,
}


def backdrop(size: int, view: View) -> np.ndarray:
    """What is behind the head.

    Parameters
    ----------
    size : int
        Width of the photo, pixels.
    view : View
        Kind and colours of the backdrop.

    Returns
    -------
    ndarray of float [size, size, 3]
        sRGB in 0..1.
    """
    wall = BACKDROPS[view.backdrop_kind](size, view.backdrop, generator(view.seed, "backdrop"))
    return np.clip(wall, 0, 1)
