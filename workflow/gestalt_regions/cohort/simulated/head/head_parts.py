"""What every source of the head's parts shares: surfaces of the base mesh, regions of its UV masks, packed parts."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from gestalt_regions.assets.archives import BaseData

Arrays = dict[str, np.ndarray]  # of one part: head_model.Part's fields by name
Source = tuple[dict[str, Arrays], dict[str, bytes]]  # parts by name (`hair/short01`), textures (PNG) by name


def unweld(vertex: np.ndarray, corner: np.ndarray, uvs: np.ndarray, labels: np.ndarray, fields: np.ndarray) -> Arrays:
    """Points that differ in vertex, uv or label, so that a label is constant over each triangle.

    Parameters
    ----------
    vertex : ndarray of int [T, 3]
        Vertices of the triangles.
    corner : ndarray of int [T, 3]
        Their texture corners.
    uvs : ndarray [C, 2]
        Texture coordinates.
    labels : ndarray of int [T]
        Region of each triangle.
    fields : ndarray [V, 3]
        See `Part.fields`.

    Returns
    -------
    Arrays
        Fields of a `head_model.Part`.
    """
    keys = np.stack([vertex.ravel(), corner.ravel(), np.repeat(labels, 3)], 1)
    unique, inverse = np.unique(keys, axis=0, return_inverse=True)
    return {
        "point": unique[:, 0],
        "uv": uvs[unique[:, 1]].astype(np.float32),
        "label": unique[:, 2].astype(np.uint8),
        "fields": fields[unique[:, 0]].astype(np.float32),
        "triangles": inverse.reshape(-1, 3),
        "welded": vertex,
    }


def fields(
    count: int, keep: np.ndarray | float = 1.0, nose: np.ndarray | float = -1.0, neck: np.ndarray | float = -1.0
) -> np.ndarray:
    """Fields of a part's vertices (`Part.fields`).

    Parameters
    ----------
    count : int
        Number of vertices V.
    keep, nose, neck : ndarray [V] or float
        The three fields.

    Returns
    -------
    ndarray [V, 3]
        The fields side by side.
    """
    return np.stack([np.broadcast_to(f, count) for f in (keep, nose, neck)], 1)


def surface(triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray, Arrays]:
    """Triangles of the base mesh as a part of their own.

    Parameters
    ----------
    triangles : ndarray of int [T, 3]
        Vertices in the base mesh.

    Returns
    -------
    used : ndarray of int [V]
        The part's vertices in the base mesh.
    vertex : ndarray of int [T, 3]
        The triangles over these.
    bound : Arrays
        What binds them to the base mesh: itself, without offset.
    """
    used, inverse = np.unique(triangles, return_inverse=True)
    bound = {
        "references": np.repeat(used[:, None], 3, 1),
        "weights": np.tile([1.0, 0.0, 0.0], (len(used), 1)),
        "offsets": np.zeros((len(used), 3)),
    }
    return used, inverse.reshape(-1, 3), bound


def mask(base: BaseData, name: str) -> np.ndarray:
    """A UV mask of the base mesh.

    Parameters
    ----------
    base : BaseData
        The base mesh with its masks.
    name : str
        Name of the mask.

    Returns
    -------
    ndarray of uint8 [H, W]
        Row 0 at the top.
    """
    return np.asarray(Image.open(io.BytesIO(base.masks[name])).convert("L"))


def masked(base: BaseData, name: str, corners: np.ndarray) -> np.ndarray:
    """Which triangles lie in a UV mask.

    Parameters
    ----------
    base : BaseData
        The base mesh with its masks.
    name : str
        Name of the mask.
    corners : ndarray of int [T, 3]
        Texture corners of the triangles.

    Returns
    -------
    ndarray of bool [T]
        True inside.
    """
    image, uv = mask(base, name), base.mesh.uvs[corners].mean(1)
    rows = np.clip(((1 - uv[:, 1]) * image.shape[0]).astype(int), 0, image.shape[0] - 1)
    columns = np.clip((uv[:, 0] * image.shape[1]).astype(int), 0, image.shape[1] - 1)
    return image[rows, columns] > 127
