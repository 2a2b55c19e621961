"""What a saliency method may be given beside the pixels: photographs of a fold, their landmarks, their regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_array, read_table
from gestalt_regions.faces.align import TEMPLATE_SIZE
from gestalt_regions.faces.pose import pose_from_landmarks
from gestalt_regions.folds.fold_table import fold_table
from gestalt_regions.regions.sets import region_ids

PREFIX = "faces_"  # of a job's inputs that are for `open_faces`
REGIONS = "regions_"  # then the name of a region set


@dataclass(frozen=True)
class Faces:
    """All photographs of a study, as one fold's network may be explained with.

    Attributes
    ----------
    table : DataFrame
        A line for each row of the stacks: sample_id, label, subject_id, kin_group, fold ("" of one that is in no fold,
        "heldout"), yaw_measured and pitch_measured (faces/pose.py).
    crops : ndarray
        uint8 [N, s, s, 3], RGB.
    landmarks : ndarray or None
        float32 [N, 106, 2], x and y in pixels of these crops; None if the method takes none.
    regions : mapping of str to ndarray
        Region set -> its maps, uint8 [N, s, s]; 0 is no region.
    names : mapping of str to tuple of str
        Region set -> its regions in the order of their ids, from 1.
    classes : sequence of str
        The class of each output of the networks.
    control : str
        The class that the others are compared with; "" if the study has none.
    fold : str
        The fold whose network explains.
    made : dict
        What a method makes once of these faces and wants to keep. Networks of one fold (trained, untrained, on shuffled
        labels) share it, so nothing that depends on a network belongs in here.
    """

    table: pd.DataFrame
    crops: np.ndarray
    landmarks: np.ndarray | None
    regions: Mapping[str, np.ndarray]
    names: Mapping[str, tuple[str, ...]]
    classes: Sequence[str]
    control: str
    fold: str
    made: dict = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def training(self) -> np.ndarray:
        """Which photographs the fold's network was trained on.

        Returns
        -------
        ndarray of bool
            [N].
        """
        return (~self.table["fold"].isin(["", "heldout", self.fold])).to_numpy()


@dataclass(frozen=True)
class GivenFaces:
    """The photographs of a study, and which of them the images of one call are.

    Attributes
    ----------
    faces : Faces
        All photographs.
    rows : sequence of int
        The row of the stacks of each of the n images. An image may be a changed copy of that photograph.
    """

    faces: Faces
    rows: Sequence[int]


def for_faces(inputs: Mapping) -> dict[str, str]:
    """The inputs of a job that `open_faces` reads.

    Parameters
    ----------
    inputs : mapping
        Of the job.

    Returns
    -------
    dict
        Without their prefix; empty for a method that takes none.
    """
    return {name.removeprefix(PREFIX): str(path) for name, path in inputs.items() if name.startswith(PREFIX)}


def open_faces(inputs: Mapping[str, str], crops: str, *, fold: str, classes: Sequence[str], control: str) -> Faces:
    """The photographs of a study with what a method takes of them.

    Parameters
    ----------
    inputs : mapping of str to path
        index (faces/index.csv) and folds (folds.csv); where they are taken: landmarks (of the 112 px crops), and
        regions_<set> of each region set with sets (resources/regions.yaml).
    crops : path
        The stack of crops.
    fold : str
        The fold whose network explains.
    classes : sequence of str
        The class of each output.
    control : str
        The control class, "" for none.

    Returns
    -------
    Faces
        Stacks are memory maps.

    Raises
    ------
    InputError
        If stacks and index do not have the same number of faces.
    """
    index = read_table(inputs["index"], ["row", "sample_id"], strings=["sample_id"])
    known = fold_table(inputs["index"], inputs["folds"]).drop(columns="row")
    table = index[["row", "sample_id"]].merge(known, on="sample_id", how="left")
    table[["label", "subject_id", "kin_group", "fold"]] = table[["label", "subject_id", "kin_group", "fold"]].fillna("")
    table = table.join(pose_from_landmarks(index), on="sample_id").drop(columns="row")
    photographs = read_array(crops)
    stacks = {name.removeprefix(REGIONS): read_array(path) for name, path in inputs.items() if name.startswith(REGIONS)}
    landmarks = read_array(inputs["landmarks"]) if "landmarks" in inputs else None
    for path, stack in ((crops, photographs), (inputs.get("landmarks"), landmarks)):
        if stack is not None and len(stack) != len(table):
            raise InputError(f"{path} has {len(stack)} faces, but {inputs['index']} {len(table)}; make the faces again")
    if landmarks is not None:
        landmarks = np.asarray(landmarks, np.float32) * np.float32(photographs.shape[1] / TEMPLATE_SIZE)
    names = {name: tuple(region_ids(inputs["sets"], name)) for name in stacks}
    return Faces(table, photographs, landmarks, stacks, names, classes, control, fold)
