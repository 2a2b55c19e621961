"""Sheets of tiles as WebP, and maps as eight bits: grey in the file, coloured by the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

MIDDLE = 128  # the grey of zero in a signed tile
STEPS = 127  # greys on either side of it
CLIPPED = 99  # percent of a map's pixels that lie below the value at which its colours may end
SAME = 1e-2  # share of a map's largest value by which two of its forms may differ and still count as one


@dataclass(frozen=True)
class Grey:
    """A map in eight bits.

    Attributes
    ----------
    tile : ndarray of uint8 [S, S]
        Signed: MIDDLE + STEPS * value / scale; else 255 * value / scale.
    scale : float
        The largest absolute value of the map.
    high : float
        The absolute value below which CLIPPED percent of the pixels lie.
    """

    tile: np.ndarray
    scale: float
    high: float


def _shrunk(values: np.ndarray, side: int) -> np.ndarray:
    """A map at a smaller side, each pixel the mean of what it covers; a smaller map as it is."""
    if values.shape[0] <= side:
        return values
    return cv2.resize(values, (side, side), interpolation=cv2.INTER_AREA)


def signed_grey(values: np.ndarray) -> Grey:
    """A signed map in eight bits.

    Parameters
    ----------
    values : ndarray of float [S, S]
        The map.

    Returns
    -------
    Grey
        Zero is MIDDLE.
    """
    size = np.abs(values)
    scale = float(size.max())
    tile = np.rint(MIDDLE + STEPS * values / (scale or 1)).astype(np.uint8)
    return Grey(tile, scale, float(np.percentile(size, CLIPPED)))


def magnitude_grey(values: np.ndarray) -> Grey:
    """A map without negative values in eight bits.

    Parameters
    ----------
    values : ndarray of float [S, S]
        The map.

    Returns
    -------
    Grey
        Zero is 0.
    """
    scale = float(values.max())
    tile = np.rint(255 * np.clip(values, 0, None) / (scale or 1)).astype(np.uint8)
    return Grey(tile, scale, float(np.percentile(values, CLIPPED)))


def greys_of_map(signed: np.ndarray, absolute: np.ndarray, side: int) -> tuple[Grey | None, Grey | None]:
    """The tiles that a map needs: none twice.

    Parameters
    ----------
    signed, absolute : ndarray of float [S, S]
        The two forms of a map (saliency/engine.channel_sums).
    side : int
        Of the tiles, pixels; a smaller map keeps its side.

    Returns
    -------
    tuple of Grey or None
        The signed tile, and the tile of the magnitude. No signed tile where nothing is negative, no magnitude where it
        is the signed tile without its sign.
    """
    signed, absolute = _shrunk(signed, side), _shrunk(absolute, side)
    near = SAME * float(absolute.max())
    if np.abs(np.abs(signed) - absolute).max() > near:
        return signed_grey(signed), magnitude_grey(absolute)
    return (None, magnitude_grey(absolute)) if signed.min() >= -near else (signed_grey(signed), None)


def sheet(tiles: Sequence[np.ndarray], columns: int) -> np.ndarray:
    """Tiles in rows.

    Parameters
    ----------
    tiles : sequence of ndarray of uint8 [S, S] or [S, S, 3]
        All of one shape; at least one.
    columns : int
        Tiles in a row.

    Returns
    -------
    ndarray of uint8 [rows * S, columns * S] or [rows * S, columns * S, 3]
        Places without a tile are black.
    """
    side, rows = tiles[0].shape[0], -(-len(tiles) // columns)
    whole = np.zeros((rows * side, columns * side, *tiles[0].shape[2:]), np.uint8)
    for number, tile in enumerate(tiles):
        y, x = number // columns * side, number % columns * side
        whole[y : y + side, x : x + side] = tile
    return whole


def write_webp(picture: np.ndarray, path: Path, quality: int) -> None:
    """Write a picture as WebP.

    Parameters
    ----------
    picture : ndarray of uint8 [H, W] or [H, W, 3]
        Grey or RGB.
    path : Path
        The file; its folder is made.
    quality : int
        1 to 99; 100 keeps every value.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = {"lossless": True, "quality": 50} if quality == 100 else {"quality": quality}
    Image.fromarray(picture).convert("RGB").save(path, "WEBP", method=2, **kind)
