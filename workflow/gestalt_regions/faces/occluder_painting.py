"""Occluders painted on a photograph: in the frame of the crop, as large as the face is there, and warped back."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw

from gestalt_regions.faces import align
from gestalt_regions.faces.landmarks import five_points
from gestalt_regions.faces.occluders import OCCLUDERS, Colour, Place, Shape

FINE = 4  # samples along a pixel's side while shapes are painted
AROUND = (-84.0, -84.0, 280.0)  # left, top and side of the frame that is painted, pixels of the crop
LARGEST = 8000  # pixels of the painted frame's side, at most
HIDDEN = 0.5  # a pixel of which so much is covered is hidden


def paint(shapes: Sequence[Shape], scale: float) -> np.ndarray:
    """Paint shapes in the frame AROUND the crop.

    Parameters
    ----------
    shapes : sequence of Shape
        From behind to the front.
    scale : float
        Pixels of the photograph for one pixel of the crop.

    Returns
    -------
    ndarray of float32 [n, n, 4]
        RGB times alpha, and alpha, 0 to 1.
    """
    left, top, side = AROUND
    size = max(16, round(side * scale))
    fine = max(1, min(FINE, LARGEST // size))
    whole = np.zeros((size, size, 4), np.float32)
    for shape in shapes:
        _add(whole, (shape.points - (left, top)) * (size / side), shape, shape.width * size / side, fine)
    return whole


def _add(whole: np.ndarray, points: np.ndarray, shape: Shape, width: float, fine: int) -> None:
    """Paint one shape over what is there; points [n, 2] and width in pixels of `whole`."""
    low = np.clip(np.floor(points.min(0) - width / 2 - 1), 0, len(whole)).astype(int)
    high = np.clip(np.ceil(points.max(0) + width / 2 + 1), 0, len(whole)).astype(int)
    if (high <= low).any():
        return
    x, y = high - low
    canvas = Image.new("L", (int(x) * fine, int(y) * fine), 0)
    draw, half = ImageDraw.Draw(canvas), width * fine / 2
    corners = [(float(a), float(b)) for a, b in (points - low) * fine]
    if width:
        draw.line(corners, fill=255, width=max(1, round(2 * half)), joint="curve")
        for a, b in (corners[0], corners[-1]):
            draw.ellipse((a - half, b - half, a + half, b + half), fill=255)
    else:
        draw.polygon(corners, fill=255)
    part = np.asarray(canvas, np.float32) / 255
    cover = shape.alpha * part.reshape(y, fine, x, fine).mean((1, 3))[..., None]
    layer = np.concatenate([cover * np.array(shape.colour, np.float32) / 255, cover], axis=2)
    below = whole[low[1] : high[1], low[0] : high[0]]
    whole[low[1] : high[1], low[0] : high[0]] = layer + (1 - cover) * below


def skin_colour(image: np.ndarray, points: np.ndarray) -> Colour:
    """The colour of the cheeks and the nose in a crop.

    Parameters
    ----------
    image : ndarray of uint8 [112, 112, 3]
        The aligned crop.
    points : ndarray [106, 2]
        Its landmarks.

    Returns
    -------
    tuple of float
        sRGB, 0 to 255: the median.
    """
    area = Image.new("L", image.shape[1::-1], 0)
    eyes, mouth = five_points(points)[:2], five_points(points)[3:]
    middle = (eyes.mean(0) + mouth.mean(0)) / 2
    corners = middle + 0.6 * (np.stack([eyes[0], eyes[1], mouth[1], mouth[0]]) - middle)
    ImageDraw.Draw(area).polygon([(float(x), float(y)) for x, y in corners], fill=1)
    red, green, blue = (float(value) for value in np.median(image[np.asarray(area) > 0], axis=0))
    return red, green, blue


def occluded(
    image: np.ndarray, five: np.ndarray, dense: np.ndarray, occluder: str, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A photograph with an occluder drawn on it.

    Parameters
    ----------
    image : ndarray of uint8 [H, W, 3]
        RGB photograph.
    five : ndarray [5, 2]
        Its landmarks as faces/index.csv has them, pixels of the photograph.
    dense : ndarray [106, 2]
        Its landmarks in pixels of the 112-pixel crop.
    occluder : str
        Of OCCLUDERS.
    rng : numpy.random.Generator
        Draws what the occluder looks like.

    Returns
    -------
    image : ndarray of uint8 [H, W, 3]
        The photograph.
    hidden : ndarray of bool [H, W]
        Pixels of which at least HIDDEN is covered.
    """
    to_crop = align.similarity(five)[0]
    skin = skin_colour(align.warp(image, to_crop, align.TEMPLATE_SIZE), dense)
    scale = 1 / np.sqrt(np.linalg.det(to_crop[:2, :2]))
    left, top, side = AROUND
    painted = paint(OCCLUDERS[occluder](Place(dense, skin), rng), float(scale))
    factor = side / len(painted)
    centre = (factor - 1) / 2  # of the painted frame's first pixel
    from_paint = np.array([[factor, 0, left + centre], [0, factor, top + centre], [0, 0, 1]])
    matrix = np.linalg.inv(to_crop) @ from_paint
    height, width = image.shape[:2]
    over = cv2.warpAffine(painted, matrix[:2], (width, height), flags=cv2.INTER_LINEAR, borderValue=0)
    cover = over[..., 3:]
    mixed = over[..., :3] * 255 + (1 - cover) * image
    return np.round(np.clip(mixed, 0, 255)).astype(np.uint8), cover[..., 0] >= HIDDEN
