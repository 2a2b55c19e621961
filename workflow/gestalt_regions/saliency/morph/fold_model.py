"""What is typical of each class among a fold's training photographs, made once and kept with them (Faces.made)."""

from __future__ import annotations

import numpy as np

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.saliency.given_faces import Faces
from gestalt_regions.saliency.morph.region_signs import RegionSigns
from gestalt_regions.saliency.morph.typical_faces import Photographs, TypicalFaces
from gestalt_regions.saliency.morph.warps import SIDE

TYPICAL, ROWS = "typical faces", "training rows"  # names in Faces.made


def typical_faces(faces: Faces) -> TypicalFaces:
    """What is typical of each class among a fold's training photographs, made once.

    Parameters
    ----------
    faces : Faces
        All photographs, with landmarks.

    Returns
    -------
    TypicalFaces
        Kept in faces.made.
    """
    if TYPICAL not in faces.made:
        rows = np.flatnonzero(faces.training & faces.table["label"].isin(faces.classes).to_numpy())
        table, numbers = faces.table.iloc[rows], {name: number for number, name in enumerate(faces.classes)}
        faces.made[TYPICAL] = TypicalFaces(
            Photographs(
                crops=np.asarray(faces.crops[rows]),
                landmarks=np.asarray(faces.landmarks)[rows] * (SIDE / faces.crops.shape[1]),
                labels=table["label"].map(numbers).to_numpy(int),
                subjects=table["subject_id"].to_numpy(str),
                kin=table["kin_group"].to_numpy(str),
                pose=pose_of(faces)[rows],
                classes=tuple(faces.classes),
                control=faces.control,
            )
        )
        faces.made[ROWS] = rows
    return faces.made[TYPICAL]


def region_signs(faces: Faces, regions: str) -> RegionSigns:
    """What is typical of each class in each region of a set, made once.

    Parameters
    ----------
    faces : Faces
        All photographs.
    regions : str
        The region set.

    Returns
    -------
    RegionSigns
        Kept in faces.made.

    Raises
    ------
    InputError
        If the region maps were not given.
    """
    if regions not in faces.regions:
        raise InputError(f"regions: no maps of region set '{regions}'; {nearest(regions, faces.regions)}")
    if ("signs", regions) not in faces.made:
        typical = typical_faces(faces)
        maps = faces.regions[regions][faces.made[ROWS]]
        faces.made["signs", regions] = RegionSigns(typical, maps, faces.names[regions])
    return faces.made["signs", regions]


def pose_of(faces: Faces) -> np.ndarray:
    """Yaw and pitch of all photographs.

    Parameters
    ----------
    faces : Faces
        All photographs.

    Returns
    -------
    ndarray
        [N, 2]; NaN where unknown.
    """
    table = faces.table.reindex(columns=["yaw_measured", "pitch_measured"])
    return table.to_numpy(float)
