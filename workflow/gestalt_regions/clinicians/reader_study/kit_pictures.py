"""Pictures of a reader study: faces, explanations and composites as JPEG files of one size and one style.

Nothing in a picture or its name says who is shown, or which method made an explanation.
"""

from __future__ import annotations

import io as bytes_io

import matplotlib as mpl
import numpy as np
from PIL import Image

from gestalt_regions.figures.figure5_maps import minmax

SIDE = 288  # pixels
QUALITY = 88
OPACITY = 0.7  # of the map over the grey face, as in Figure 5
STEPS = 9  # colours of the legend


def as_jpeg(picture: np.ndarray) -> bytes:
    """A picture as a file.

    Parameters
    ----------
    picture : numpy.ndarray
        uint8 [h, w, 3].

    Returns
    -------
    bytes
        JPEG of SIDE x SIDE pixels, without anything beside the pixels; the same bytes for the same picture.
    """
    stream = bytes_io.BytesIO()
    image = Image.fromarray(np.ascontiguousarray(picture)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    image.save(stream, "JPEG", quality=QUALITY, subsampling=0)
    return stream.getvalue()


def explanation(crop: np.ndarray, values: np.ndarray, colormap: str) -> np.ndarray:
    """A map over the grey face, as Figure 5 shows all maps.

    Every map is shown by its absolute values, scaled to [0, 1] by itself, so that neither a sign nor a scale tells the
    method.

    Parameters
    ----------
    crop : numpy.ndarray
        The face, uint8 [S, S, 3].
    values : numpy.ndarray
        The absolute map, float [s, s].
    colormap : str
        Name of matplotlib's.

    Returns
    -------
    numpy.ndarray
        uint8 [S, S, 3].
    """
    side = crop.shape[0]
    enlarged = Image.fromarray(minmax(values)).resize((side, side), Image.Resampling.BILINEAR)
    colours = mpl.colormaps[colormap](np.asarray(enlarged))[..., :3] * 255
    grey = np.asarray(crop, float).mean(axis=2, keepdims=True)
    return np.clip(np.round((1 - OPACITY) * grey + OPACITY * colours), 0, 255).astype(np.uint8)


def legend_colours(colormap: str) -> list[str]:
    """Colours of the scale, as they look over a grey face.

    Parameters
    ----------
    colormap : str
        Name of matplotlib's.

    Returns
    -------
    list of str
        #rrggbb, from little to much.
    """
    grey = np.full((1, STEPS, 3), 128, np.uint8)
    colours = mpl.colormaps[colormap](np.linspace(0, 1, STEPS))[None, :, :3] * 255
    mixed = np.round((1 - OPACITY) * grey + OPACITY * colours).astype(int)[0]
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in mixed]
