"""The morphable head: MakeHuman's head and neck with its eyes, brows, lashes, hair, teeth, tongue and clothes.

`HeadModel` opens the file that `head_build.write_head_model` writes, and shapes heads. Units: decimetres; x to the
subject's left, y up, z out of the face.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import sparse

from gestalt_regions.core.errors import InputError, nearest

# LaPa's ids (0..10), widened: what LaPa calls background but the head model knows.
LABELS = {
    "background": 0,
    "skin": 1,
    "right_brow": 2,
    "left_brow": 3,
    "right_eye": 4,
    "left_eye": 5,
    "nose": 6,
    "upper_lip": 7,
    "inner_mouth": 8,
    "lower_lip": 9,
    "hair": 10,
    "ears": 11,
    "neck": 12,
    "clothes": 13,
}
AGES = {"baby": 1.0, "child": 10.0, "young": 25.0, "old": 90.0}  # MakeHuman's macro ages, years
# MakeHuman's own reference pairs for the scale of a bound item's offsets: two base vertices, their distance at rest
SCALE_PAIRS = ((5399, 11998, 1.48), (791, 881, 2.3298), (962, 5320, 1.9221))
EYE_HELPERS = {"left": (14598, 14670), "right": (14670, 14742)}
BROWS = tuple(f"eyebrow{i:03d}" for i in range(1, 13))
LASHES = ("Eyelashes01", "eyelashes02", "eyelashes03", "eyelashes04")


@dataclass(frozen=True)
class Part:
    """A piece of the head: `point` (P,) indexes its bound vertices, triangles (T,3) index points.

    fields (P,3), interpolated within triangles: keep (the surface is cut where it is negative; on brows it falls from
    1 at the nose to 0 at the temple), nose and neck (skin is labelled so where they are positive).
    """

    references: np.ndarray
    weights: np.ndarray
    offsets: np.ndarray
    point: np.ndarray
    uv: np.ndarray
    label: np.ndarray
    triangles: np.ndarray
    fields: np.ndarray
    welded: np.ndarray
    incidence: sparse.csr_matrix

    def fit(self, vertices: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points of the part on the shaped base, and their smooth normals.

        Parameters
        ----------
        vertices : ndarray [V, 3]
            The shaped base, decimetres.
        scale : ndarray [3]
            Size of the head against the rest pose, see `HeadModel.scale`.

        Returns
        -------
        points : ndarray [P, 3]
            Decimetres.
        normals : ndarray [P, 3]
            Of length 1.
        """
        bound = (vertices[self.references] * self.weights[..., None]).sum(1) + self.offsets * scale
        a, b, c = bound[self.welded].transpose(1, 0, 2)
        normals = self.incidence @ np.cross(b - a, c - a)
        normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12
        return bound[self.point], normals[self.point]

    def seam_mates(self) -> np.ndarray:
        """For each point the first point of the same vertex; they differ in texture coordinates alone.

        Returns
        -------
        ndarray of int [P]
            Indices of points.
        """
        _, first, inverse = np.unique(self.point, return_index=True, return_inverse=True)
        return first[inverse]


class HeadModel:
    """The head model file, opened; parts and textures are read when first asked for.

    Parameters
    ----------
    path : path
        The file that `head_build.write_head_model` wrote.

    Raises
    ------
    InputError
        If it is not readable or too old.
    """

    def __init__(self, path: str | Path) -> None:
        try:
            self._file = np.load(path, allow_pickle=False)
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: not a readable head model ({error}); run rule head_model again") from None
        if "look" not in self._file:
            raise InputError(f"{path}: an older head model, which does not say its look; run rule head_model again")
        self.look = str(self._file["look"])  # appearance.WARDROBES
        self.base = self._file["vertices"]
        self.targets = [str(name) for name in self._file["target_names"]]
        self.parts = sorted({k.split("/", 1)[1].rsplit("/", 1)[0] for k in self._file.files if k.startswith("part/")})
        self.textures = sorted(k.removeprefix("texture/") for k in self._file.files if k.startswith("texture/"))
        self._row = {name: i for i, name in enumerate(self.targets)}
        starts, size = self._file["target_starts"], len(self.base)
        columns = self._file["target_indices"][:, None] * 3 + np.arange(3)
        self._matrix = sparse.csr_matrix(
            (self._file["target_deltas"].ravel(), columns.ravel(), starts * 3), shape=(len(self.targets), 3 * size)
        )
        self._pairs = self._file["scale_pairs"]
        self._eyes = {side: self._file[f"eye_{side}"] for side in EYE_HELPERS}
        self._parts: dict[str, Part] = {}

    def shape(self, weights: Mapping[str, float]) -> np.ndarray:
        """Base vertices of a head.

        Parameters
        ----------
        weights : mapping
            Morph target -> weight.

        Returns
        -------
        ndarray [V, 3]
            Decimetres.

        Raises
        ------
        InputError
            For an unknown target.
        """
        row = np.zeros(len(self.targets))
        for name, weight in weights.items():
            if name not in self._row:
                raise InputError(f"no morph target '{name}': {nearest(name, self.targets)}")
            row[self._row[name]] += weight
        return self.base + (row @ self._matrix).reshape(-1, 3)

    def scale(self, vertices: np.ndarray) -> np.ndarray:
        """Size of a head against the rest pose; the offsets of bound items grow with it.

        Parameters
        ----------
        vertices : ndarray [V, 3]
            The shaped base, decimetres.

        Returns
        -------
        ndarray [3]
            Along x, y and z; 1 at rest.
        """
        now = [abs(vertices[a, axis] - vertices[b, axis]) for axis, (a, b) in enumerate(self._pairs)]
        return np.array(now) / [rest for _, _, rest in SCALE_PAIRS]

    def eyes(self, vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Centres of the subject's right and left eyeball.

        Parameters
        ----------
        vertices : ndarray [V, 3]
            The shaped base, decimetres.

        Returns
        -------
        right, left : ndarray [3]
            Decimetres.
        """
        return vertices[self._eyes["right"]].mean(0), vertices[self._eyes["left"]].mean(0)

    def eye_radii(self, vertices: np.ndarray) -> tuple[float, float]:
        """Mean distance of each eyeball's helper vertices from their centre.

        Parameters
        ----------
        vertices : ndarray [V, 3]
            The shaped base, decimetres.

        Returns
        -------
        right, left : float
            Decimetres.
        """
        right, left = (vertices[self._eyes[side]] for side in ("right", "left"))
        right, left = (np.linalg.norm(ball - ball.mean(0), axis=1).mean() for ball in (right, left))
        return float(right), float(left)

    def part(self, name: str) -> Part:
        """A part of the head.

        Parameters
        ----------
        name : str
            Such as `hair/short01`.

        Returns
        -------
        Part
            The part.

        Raises
        ------
        InputError
            If there is none of this name.
        """
        if name not in self._parts:
            if name not in self.parts:
                raise InputError(f"the head model has no part '{name}': {nearest(name, self.parts)}")
            keys = ("references", "weights", "offsets", "point", "uv", "label", "triangles", "fields", "welded")
            arrays = {key: self._file[f"part/{name}/{key}"] for key in keys}
            welded = arrays["welded"]
            faces = np.repeat(np.arange(len(welded)), 3)
            shape = (len(arrays["references"]), len(welded))
            incidence = sparse.csr_matrix((np.ones(welded.size), (welded.ravel(), faces)), shape=shape)
            self._parts[name] = Part(**arrays, incidence=incidence)
        return self._parts[name]

    def only(self, kind: str) -> str:
        """The name of the one part of a kind.

        Parameters
        ----------
        kind : str
            Such as `eyes`.

        Returns
        -------
        str
            The part's name.
        """
        (name,) = [part for part in self.parts if part.startswith(f"{kind}/")]
        return name

    def texture(self, name: str) -> Image.Image:
        """A texture of the head.

        Parameters
        ----------
        name : str
            Such as `skin/...`.

        Returns
        -------
        Image
            As it is stored.

        Raises
        ------
        InputError
            If there is none of this name.
        """
        if name not in self.textures:
            raise InputError(f"the head model has no texture '{name}': {nearest(name, self.textures)}")
        return Image.open(io.BytesIO(self._file[f"texture/{name}"].tobytes()))
