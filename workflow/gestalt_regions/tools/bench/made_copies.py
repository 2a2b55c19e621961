"""What people do to a photograph before it is in a folder twice: one function for each kind of copy."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

Change = Callable[[Image.Image, np.random.Generator], Image.Image]


def _jpeg(image: Image.Image, quality: int) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("RGB")


def _resized(image: Image.Image, width: float, height: float | None = None) -> Image.Image:
    size = round(image.width * width), round(image.height * (width if height is None else height))
    return image.resize(size, Image.Resampling.BICUBIC)


def _cut(image: Image.Image, share: float, rng: np.random.Generator) -> Image.Image:
    """Without this share of either side; what is cut lies anywhere."""
    left, top = (int(side * share * rng.uniform(0.3, 0.7)) for side in image.size)
    width, height = (round(side * (1 - share)) for side in image.size)
    return image.crop((left, top, left + width, top + height))


def _turned(image: Image.Image, degrees: float) -> Image.Image:
    return image.rotate(degrees, Image.Resampling.BICUBIC, expand=True)


def _grey(image: Image.Image) -> Image.Image:
    return ImageOps.grayscale(image).convert("RGB")


def _toned(image: Image.Image, brightness: float, contrast: float) -> Image.Image:
    return ImageEnhance.Contrast(ImageEnhance.Brightness(image).enhance(brightness)).enhance(contrast)


def _coloured(image: Image.Image, red: float, blue: float) -> Image.Image:
    return Image.fromarray((np.asarray(image) * np.array([red, 1, blue])).clip(0, 255).astype(np.uint8))


def _curved(image: Image.Image, gamma: float) -> Image.Image:
    return Image.fromarray(np.round(255 * (np.asarray(image) / 255.0) ** gamma).astype(np.uint8))


def _written_on(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    image = image.copy()
    place = image.width * 0.1, image.height * rng.uniform(0.3, 0.8)
    ImageDraw.Draw(image).text(place, "PATIENT 0042  J Med Genet", fill="white", font_size=image.height / 14)
    return image


def _watermarked(image: Image.Image) -> Image.Image:
    """Large words over the whole picture, a third opaque."""
    mask = Image.new("L", image.size)
    for line in range(-2, 6):
        place = image.width * 0.02, image.height * line * 0.2
        ImageDraw.Draw(mask).text(place, "SAMPLE SAMPLE SAMPLE SAMPLE", fill=90, font_size=image.height / 10)
    return Image.composite(Image.new("RGB", image.size, "white"), image, mask.rotate(25))


KINDS: dict[str, Change] = {
    "JPEG quality 95": lambda image, rng: _jpeg(image, 95),
    "JPEG quality 70": lambda image, rng: _jpeg(image, 70),
    "JPEG quality 40": lambda image, rng: _jpeg(image, 40),
    "JPEG quality 20": lambda image, rng: _jpeg(image, 20),
    "half the size": lambda image, rng: _resized(image, 0.5),
    "a quarter of the size": lambda image, rng: _resized(image, 0.25),
    "twice the size": lambda image, rng: _resized(image, 2),
    "cut by 10 %": lambda image, rng: _cut(image, 0.1, rng),
    "cut by 20 %": lambda image, rng: _cut(image, 0.2, rng),
    "cut by 30 %": lambda image, rng: _cut(image, 0.3, rng),
    "white margin": lambda image, rng: ImageOps.expand(image, (40, 10, 40, 60), "white"),
    "mirrored": lambda image, rng: ImageOps.mirror(image),
    "turned by 5 degrees": lambda image, rng: _turned(image, 5),
    "turned by 10 degrees": lambda image, rng: _turned(image, -10),
    "narrowed by 10 %": lambda image, rng: _resized(image, 0.9, 1),
    "grey": lambda image, rng: _grey(image),
    "brighter by 30 %": lambda image, rng: _toned(image, 1.3, 1),
    "darker by 40 %": lambda image, rng: _toned(image, 0.6, 1),
    "contrast + 40 %": lambda image, rng: _toned(image, 1, 1.4),
    "contrast - 40 %": lambda image, rng: _toned(image, 1, 0.6),
    "gamma 0.6": lambda image, rng: _curved(image, 0.6),
    "other colour balance": lambda image, rng: _coloured(image, 1.2, 0.8),
    "blurred": lambda image, rng: image.filter(ImageFilter.GaussianBlur(1.2)),
    "sharpened": lambda image, rng: image.filter(ImageFilter.UnsharpMask(2, 150, 2)),
    "a line of text": lambda image, rng: _written_on(image, rng),
    "black bar below": lambda image, rng: ImageOps.expand(
        image.crop((0, 0, image.width, image.height * 7 // 8)), (0, 0, 0, image.height // 8)
    ),
    "watermark over all": lambda image, rng: _watermarked(image),
    "mirrored, grey, JPEG 70": lambda image, rng: _jpeg(_grey(ImageOps.mirror(image)), 70),
    "cut 20 %, half, JPEG 40": lambda image, rng: _jpeg(_resized(_cut(image, 0.2, rng), 0.5), 40),
    "turned 5, balance, JPEG 70": lambda image, rng: _jpeg(_coloured(_turned(image, 5), 1.2, 0.8), 70),
    "mirrored, cut 20 %, darker, text, JPEG 40": lambda image, rng: _jpeg(
        _written_on(_toned(_cut(ImageOps.mirror(image), 0.2, rng), 0.6, 1), rng), 40
    ),
}
