"""The face of a new photograph, made as the study's faces are made, and put behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

from gestalt_regions.faces import align
from gestalt_regions.faces.align import TEMPLATE_SIZE
from gestalt_regions.faces.dense_alignment import PROFILE, nose_offset
from gestalt_regions.faces.face_shards import FaceSettings, face_of, finder
from gestalt_regions.faces.face_warnings import kinds
from gestalt_regions.faces.given_landmarks import POINTS
from gestalt_regions.faces.kept_faces import Key
from gestalt_regions.faces.landmarks import detections, open_landmark_network, spread
from gestalt_regions.faces.parse import LABELS, Parser
from gestalt_regions.faces.photo import Photo, read_photo
from gestalt_regions.faces.pose import pose_from_landmarks
from gestalt_regions.faces.region_maps import region_set_map
from gestalt_regions.faces.unusable import Unusable
from gestalt_regions.regions.sets import PAPER, load_sets
from gestalt_regions.saliency.given_faces import Faces

NEW = "the new photograph"  # its sample_id: no study has such a name
# What to do after a refusal; `unreadable` says it itself.
ADVICE = {
    "no_face": "Take a photograph that shows one face from the front, sharp and well lit.",
    "several_faces": "Cut the photograph so that it shows one person alone.",
    "too_small": "Take a larger copy of the photograph, or one nearer to the face.",
    "too_turned": "Take a photograph from the front: the face's far half is not seen from the side.",
    "bad_landmarks": "Take a photograph from the front, with eyes and mouth free.",
    "missing": "Give the path of a photograph that is there.",
    "empty": "Copy it again from where it came.",
    "failed": "Open it in an image viewer, save it as JPEG or PNG, and try again.",
}


@dataclass(frozen=True)
class NewFace:
    """A photograph, and its face if it has one.

    Attributes
    ----------
    photo : Photo or None
        None if it cannot be read.
    refusal : str
        Why there is no face, and what to do; "" where there is one.
    arrays : dict
        (kind, size) -> crops, labels, regions (faces/face_shards.py).
    described : dict
        What faces/index.csv says of a face.
    landmarks : ndarray or None
        [106, 2], pixels of the 112-pixel crop.
    spread : float
        How far repeated detections of the landmarks differ, pixels of that crop.
    """

    photo: Photo | None
    refusal: str
    arrays: dict[Key, np.ndarray] = field(default_factory=dict)
    described: dict[str, object] = field(default_factory=dict)
    landmarks: np.ndarray | None = None
    spread: float = float("nan")

    @property
    def points(self) -> np.ndarray:
        """The five landmarks.

        Returns
        -------
        ndarray [5, 2]
            Pixels of the photograph.
        """
        return np.array([self.described[name] for name in POINTS], np.float64).reshape(5, 2)


def refused(problem: Unusable) -> str:
    """Say what is wrong with a photograph, and what to do.

    Parameters
    ----------
    problem : Unusable
        Why it cannot be used.

    Returns
    -------
    str
        A sentence or two.
    """
    said = f"{problem.reason.replace('_', ' ')}: {problem.detail}"
    return f"{said[0].upper()}{said[1:]}. {ADVICE.get(problem.reason, '')}".strip()


def read_face(
    path: str | Path, settings: FaceSettings, *, detector: str, parser: str, landmarks: str, threads: int
) -> NewFace:
    """Read a photograph and make its face as the study makes faces.

    Parameters
    ----------
    path : path
        The photograph.
    settings : FaceSettings
        The study's.
    detector, parser, landmarks : path
        Weights; landmarks "" leaves these out.
    threads : int
        Number of threads.

    Returns
    -------
    NewFace
        With a refusal where there is no usable face.
    """
    photo = None
    try:
        photo = read_photo(path)
        find, parse = finder("", detector, settings, threads, landmarks), Parser(parser, threads, settings.device)
        arrays, described = face_of(photo, NEW, find, parse, settings)
        _check_profile(described)
    except Unusable as problem:
        return NewFace(photo, refused(problem))
    face = NewFace(photo, "", arrays, described)
    if not landmarks:
        return face
    repeated = detections(open_landmark_network(landmarks, threads), photo.pixels, face.points)
    return replace(face, landmarks=repeated.mean(axis=0).astype(np.float32), spread=spread(repeated))


def _check_profile(described: Mapping[str, object]) -> None:
    """Refuse a profile: its nose stands off the middle as far as an eye, and the parser does not see both eyes."""
    points = np.array([described[name] for name in POINTS], np.float64).reshape(5, 2)
    offset = abs(nose_offset(points))
    if offset > PROFILE and {"no_left_eye", "no_right_eye"} & set(kinds(str(described["warnings"]))):
        said = f"the nose is {offset:.1f} eye distances off the middle of the face"
        raise Unusable("too_turned", f"{said}, and the eye behind it is not seen")


def region_maps_of(face: NewFace, size: int, sets: str, names: Sequence[str]) -> dict[str, np.ndarray]:
    """The region maps of the new face.

    Parameters
    ----------
    face : NewFace
        With a face.
    size : int
        Side, pixels.
    sets : path
        resources/regions.yaml.
    names : sequence of str
        Region sets.

    Returns
    -------
    dict of str to ndarray
        uint8 [size, size].
    """
    entries, labels = load_sets(sets, LABELS), face.arrays["labels", size]
    points = align.transform(align.resized(align.similarity(face.points)[0], size), face.points)
    return {
        name: face.arrays["regions", size]
        if name == PAPER
        else region_set_map(labels, points, entries[name]["regions"], LABELS)
        for name in names
    }


class Appended:
    """A stack with one row more, which is read from disk as before.

    Parameters
    ----------
    stack : ndarray
        [N, ...], such as a memory map.
    row : ndarray
        [...].
    """

    def __init__(self, stack: np.ndarray, row: np.ndarray) -> None:
        self.stack, self.row, self.dtype = stack, np.asarray(row, stack.dtype), stack.dtype
        self.shape = (len(stack) + 1, *stack.shape[1:])

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, chosen: int | Sequence[int] | np.ndarray) -> np.ndarray:
        rows = np.asarray(chosen)
        if rows.dtype == bool:
            rows = np.flatnonzero(rows)
        last = rows == len(self.stack)
        read = np.array(self.stack[np.where(last, 0, rows)])
        read[last] = self.row
        return read


def with_new_face(faces: Faces, face: NewFace, regions: Mapping[str, np.ndarray], size: int) -> Faces:
    """The study's faces with the new one behind them; no network was trained on it.

    Parameters
    ----------
    faces : Faces
        Of the study.
    face : NewFace
        With a face.
    regions : mapping of str to ndarray
        Its region maps by set.
    size : int
        Side of the crops, pixels.

    Returns
    -------
    Faces
        Its last row is the new face.
    """
    pose = pose_from_landmarks(pd.DataFrame([{"sample_id": NEW, **face.described}])).reset_index()
    line = {"label": "", "subject_id": NEW, "kin_group": "", "fold": ""} | pose.iloc[0].to_dict()
    table = pd.concat([faces.table, pd.DataFrame([line])], ignore_index=True)[faces.table.columns]
    landmarks = faces.landmarks
    if landmarks is not None and face.landmarks is not None:
        added = face.landmarks[None] * np.float32(size / TEMPLATE_SIZE)
        landmarks = np.concatenate([np.asarray(landmarks, np.float32), added])
    return replace(
        faces,
        table=table,
        crops=cast(np.ndarray, Appended(faces.crops, face.arrays["crops", size])),
        landmarks=landmarks,
        regions={name: cast(np.ndarray, Appended(stack, regions[name])) for name, stack in faces.regions.items()},
        made={},
    )
