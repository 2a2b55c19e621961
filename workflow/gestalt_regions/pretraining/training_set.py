"""The training set in memory maps: batches of crops, shaken as a detector would, and the targets to regress."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from gestalt_regions.cohort.simulated.head.head_landmarks import DENSE
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_array, read_table
from gestalt_regions.faces.align import TEMPLATE, TEMPLATE_SIZE
from gestalt_regions.pretraining.simulated_faces import MARGIN

GROUPS = ("shape", "expression", "look", "age", "sex", "landmarks")


def _other_side(name: str) -> str:
    """The name of the landmark opposite."""
    side, _, rest = name.partition("_")
    return f"{ {'left': 'right', 'right': 'left'}[side] }_{rest}" if side in ("left", "right") else name


MIRROR = np.array([DENSE.index(_other_side(name)) for name in DENSE])


@dataclass(frozen=True)
class Faces:
    """The faces of all shards, in memory maps.

    Attributes
    ----------
    crops : list of numpy.ndarray
        One uint8 [n, side, side, 3] a shard.
    values : numpy.ndarray
        float32 [N, T].
    names : list of str
        Of the T values.
    landmarks : numpy.ndarray
        float32 [N, D, 2].
    """

    crops: list[np.ndarray]
    values: np.ndarray
    names: list[str]
    landmarks: np.ndarray

    @classmethod
    def load(cls, folders: Sequence[str | Path]) -> Faces:
        """Read the folders that simulated_faces.render_shard wrote, in order.

        Parameters
        ----------
        folders : Sequence of str or Path
            One a shard.

        Returns
        -------
        Faces
            All of them.

        Raises
        ------
        InputError
            If their targets differ.
        """
        tables = [read_table(Path(folder) / "targets.csv", ["age", "sex"], ["face", "sex"]) for folder in folders]
        for folder, one in zip(folders, tables, strict=True):
            if list(one) != list(tables[0]):
                raise InputError(f"{folder}: not the targets of {folders[0]}; render the shards with one head model")
        table = pd.concat(tables, ignore_index=True)
        known = table[[c for c in table if ":" in c]].astype(np.float32)
        known = known.rename(columns=lambda c: c.replace("shape:fu-", "expression:fu-"))
        age = np.log1p(table["age"])  # a year counts most in infancy
        known = pd.concat([known, pd.DataFrame({"age": age, "sex": np.where(table["sex"] == "female", 1, -1)})], axis=1)
        landmarks = np.concatenate([read_array(Path(folder) / "landmarks.npy") for folder in folders])
        crops = [read_array(Path(folder) / "crops.npy") for folder in folders]
        return cls(crops, known.to_numpy(np.float32), list(known), landmarks)

    def __len__(self) -> int:
        return len(self.values)

    def crop(self, row: int) -> np.ndarray:
        """One face's crop.

        Parameters
        ----------
        row : int
            Of all faces.

        Returns
        -------
        numpy.ndarray
            uint8 [side, side, 3].

        Raises
        ------
        IndexError
            If there are fewer faces.
        """
        for part in self.crops:
            if row < len(part):
                return part[row]
            row -= len(part)
        raise IndexError(row)

    def groups(self) -> list[str]:
        """The group of every target: the columns' names up to the colon, then two coordinates a landmark.

        Returns
        -------
        list of str
            T + 2D.
        """
        return [n.partition(":")[0] for n in self.names] + ["landmarks"] * 2 * len(DENSE)

    def target_names(self) -> list[str]:
        """The name of every target.

        Returns
        -------
        list of str
            T + 2D.
        """
        return self.names + [f"landmarks:{name}.{axis}" for name in DENSE for axis in "xy"]

    def truth(self, rows: np.ndarray, landmarks: np.ndarray | None = None) -> np.ndarray:
        """The targets, unstandardised.

        Parameters
        ----------
        rows : numpy.ndarray
            Faces, n.
        landmarks : numpy.ndarray or None
            [n, D, 2] where the frame was moved.

        Returns
        -------
        numpy.ndarray
            float32 [n, T + 2D].
        """
        points = self.landmarks[rows] if landmarks is None else landmarks
        return np.concatenate([self.values[rows], points.reshape(len(rows), -1)], 1).astype(np.float32)

    def plain(self, rows: np.ndarray) -> np.ndarray:
        """The frames that the true landmarks give.

        Parameters
        ----------
        rows : numpy.ndarray
            Faces, n.

        Returns
        -------
        numpy.ndarray
            uint8 [n, 112, 112, 3].
        """
        inner = slice(MARGIN, MARGIN + TEMPLATE_SIZE)
        return np.stack([self.crop(row)[inner, inner] for row in rows])

    def shaken(self, rows: np.ndarray, random: np.random.Generator, error: float) -> tuple[np.ndarray, np.ndarray]:
        """Crops as if each of the five points were found a little off, half of them mirrored, and their targets.

        Parameters
        ----------
        rows : numpy.ndarray
            Faces, n.
        random : numpy.random.Generator
            The epoch's stream.
        error : float
            Pixels, standard deviation on each axis.

        Returns
        -------
        tuple of numpy.ndarray
            uint8 [n, 112, 112, 3], and float32 [n, T + 2D].
        """
        matrices = shakes(random, len(rows), error)
        crops = np.empty((len(rows), TEMPLATE_SIZE, TEMPLATE_SIZE, 3), np.uint8)
        points = np.einsum("nij,nkj->nki", matrices[:, :, :2], self.landmarks[rows]) + matrices[:, None, :, 2]
        for i, (row, matrix) in enumerate(zip(rows, matrices, strict=True)):
            shift = matrix[:, 2] - matrix[:, :2] @ [MARGIN, MARGIN]
            whole = np.column_stack([matrix[:, :2], shift])
            crops[i] = cv2.warpAffine(self.crop(row), whole, (TEMPLATE_SIZE, TEMPLATE_SIZE), flags=cv2.INTER_LINEAR)
        flip = random.random(len(rows)) < 0.5
        crops[flip] = crops[flip, :, ::-1]
        points[flip] = mirrored(points[flip])
        return crops, self.truth(rows, points)


def mirrored(landmarks: np.ndarray) -> np.ndarray:
    """Landmarks of the mirrored 112-pixel crop.

    Parameters
    ----------
    landmarks : numpy.ndarray
        [..., D, 2].

    Returns
    -------
    numpy.ndarray
        The same shape.
    """
    turned = landmarks[..., MIRROR, :].copy()
    turned[..., 0] = TEMPLATE_SIZE - 1 - turned[..., 0]
    return turned


def shakes(random: np.random.Generator, count: int, error: float) -> np.ndarray:
    """Similarities that bring the template's five points, each displaced, back to the template.

    Parameters
    ----------
    random : numpy.random.Generator
        The epoch's stream.
    count : int
        How many.
    error : float
        Pixels, standard deviation on each axis.

    Returns
    -------
    numpy.ndarray
        [count, 2, 3].
    """
    goal = TEMPLATE[:, 0] + 1j * TEMPLATE[:, 1]
    off = random.normal(0, error, (count, 5, 2)) @ [1, 1j]
    seen = goal + off
    centre, aim = seen.mean(1), goal.mean()
    around = seen - centre[:, None]
    turn = (around.conj() @ (goal - aim)) / (abs(around) ** 2).sum(1)  # least squares in the complex plane
    shift = aim - turn * centre
    return np.stack([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]]).transpose(2, 0, 1)
