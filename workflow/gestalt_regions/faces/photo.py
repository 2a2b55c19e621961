"""Reading photographs as people deliver them: any bit depth, colour model and orientation, or a named refusal."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

# Only plain raster formats: Pillow would hand PostScript to an interpreter.
FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP", "GIF", "PPM", "JPEG2000")
_DECODER_ERRORS = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, Image.DecompressionBombError)


class Unusable(Exception):
    """This image cannot be used.

    Parameters
    ----------
    reason : str
        A short code.
    detail : str
        What was seen.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail = reason, detail


def _to_rgb(image: Image.Image) -> Image.Image:
    """8-bit RGB. 16-bit grey keeps its full range; transparency is laid over white; a float image is refused."""
    if image.mode == "F":
        raise Unusable("unreadable", "floating-point pixels have no defined range; save it as an 8 or 16-bit image")
    if image.mode.startswith("I"):
        values = np.clip(np.asarray(image, np.int64), 0, 65535)
        return Image.fromarray((values // 257).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")


def read_photo(path: str | Path) -> np.ndarray:
    """Read the first frame of an image file, turned upright by its EXIF orientation.

    Parameters
    ----------
    path : path
        The image file.

    Returns
    -------
    ndarray of uint8 [H, W, 3]
        RGB.

    Raises
    ------
    Unusable
        Reason `missing`, `empty` or `unreadable` (not an image, truncated, too large to be safe).
    """
    path = Path(path)
    if not path.is_file():
        raise Unusable("missing", "no such file")
    if path.stat().st_size == 0:
        raise Unusable("empty", "the file has no bytes")
    try:
        with Image.open(path, formats=FORMATS) as image:
            image.load()
            upright = ImageOps.exif_transpose(image)
            return np.array(_to_rgb(upright), np.uint8)
    except _DECODER_ERRORS as error:
        # Pillow puts the path into some messages; it is already in the table, and would differ between machines.
        detail = str(error).replace(repr(str(path)), "file").replace(str(path), "file")
        raise Unusable("unreadable", f"{type(error).__name__}: {detail}"[:200]) from None
