"""Pictures of a case page: coloured maps, outlines of regions, and every picture as the source of an <img>."""

from __future__ import annotations

import base64
import io as bytes_io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

FOR, AGAINST = (178, 60, 0), (0, 70, 150)  # orange and blue: told apart with every common colour vision deficiency
MOST = 0.85  # opacity of the strongest place of a map: the face is seen through it


def uri_of_array(image: np.ndarray, *, exact: bool = True) -> str:
    """A picture in the page itself.

    Parameters
    ----------
    image : ndarray of uint8, [h, w, 3] or [h, w, 4]
        RGB, or RGB with opacity.
    exact : bool
        Whether every pixel counts; a smaller file otherwise.

    Returns
    -------
    str
        A data URI (WebP).
    """
    stream = bytes_io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(stream, "WEBP", lossless=exact, quality=80, method=4)
    return f"data:image/webp;base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"


def uri_of_file(path: Path) -> str:
    """A picture of the case in the page itself, pixels alone: what else a file says (a place, a name) stays behind.

    Parameters
    ----------
    path : Path
        A picture that may not be there; after a refusal it may be empty, or of one colour.

    Returns
    -------
    str
        A data URI, or nothing without a picture.
    """
    if not path.exists() or not path.stat().st_size:
        return ""
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    return uri_of_array(pixels, exact=path.suffix == ".png") if np.ptp(pixels) else ""


def coloured_map(values: np.ndarray, scale: float) -> np.ndarray:
    """A map as a layer over the face: orange speaks for the class, blue against it, and what says little is clear.

    Parameters
    ----------
    values : ndarray, [h, w]
        The signed map.
    scale : float
        The absolute value from which on a place has its full colour.

    Returns
    -------
    ndarray of uint8, [h, w, 4]
        RGB and opacity.
    """
    values = np.nan_to_num(np.asarray(values, float))
    layer = np.empty((*values.shape, 4), np.uint8)
    layer[..., :3] = np.where(values[..., None] >= 0, FOR, AGAINST)
    strength = np.clip(np.abs(values) / scale, 0, 1) if scale > 0 else np.zeros(values.shape)
    layer[..., 3] = np.round(255 * MOST * strength)
    return layer


def _edges(inside: np.ndarray) -> str:
    """The outline of a mask as an SVG path, along the edges of its pixels; neighbours in a line are one stroke."""
    padded = np.pad(inside, 1)
    strokes = []
    for mask, horizontal in ((padded, True), (padded.T, False)):
        edge = mask[1:, 1:-1] != mask[:-1, 1:-1]  # between a row and the one below it
        ends = np.diff(np.pad(edge, ((0, 0), (1, 1))).astype(np.int8), axis=1)
        for (line, begin), (_, end) in zip(np.argwhere(ends == 1), np.argwhere(ends == -1), strict=True):
            strokes.append(f"M{begin} {line}H{end}" if horizontal else f"M{line} {begin}V{end}")
    return "".join(strokes)


def region_outlines(ids: np.ndarray, names: Sequence[str]) -> dict[str, str]:
    """Outlines of the regions of a face.

    Parameters
    ----------
    ids : ndarray of uint8, [h, w]
        Which region a pixel is in: the place of its name from 1, or 0 for none.
    names : sequence of str
        The regions.

    Returns
    -------
    dict
        Region -> an SVG path in pixels of the map; a region that the face does not show is left out.
    """
    return {name: _edges(ids == number) for number, name in enumerate(names, start=1) if (ids == number).any()}
