"""Saliency maps on one mean face, one for each person: read, scaled, warped by landmarks, smoothed and averaged."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import pandas as pd

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_array, read_table
from gestalt_regions.core.packed_stack import MapStack
from gestalt_regions.regions.coefficients import SCALES, SIGNS, image_coefficients
from gestalt_regions.regions.region_sums import ExtremesOf
from gestalt_regions.saliency.morph.mean_shape import Shape, common_shape, person_weights
from gestalt_regions.saliency.morph.warps import SIDE
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.truth.counterfactuals import TWIN

log = logging.getLogger("gestalt_regions")
TEXT = ["sample_id", "set", "label", "target"]


def explained_maps(indices: Sequence[str], predictions: Sequence[str], samples: pd.DataFrame) -> pd.DataFrame:
    """All maps of a method.

    Parameters
    ----------
    indices : sequence of path
        saliency/{method}.csv of each fold.
    predictions : sequence of path
        predictions.csv of each fold.
    samples : pandas.DataFrame
        As from `read.load_samples`.

    Returns
    -------
    pandas.DataFrame
        One row a map: place (of the fold's stack), row (in it), sample_id, set, label, target, subject_id, kin_group,
        and whether the network gave the image's class (correct).
    """
    parts = []
    for place, (index_path, answers_path) in enumerate(zip(indices, predictions, strict=True)):
        index = read_table(index_path, ["row", *TEXT], strings=TEXT)
        index = read.join_samples(index, samples, index_path)
        answers = read_table(answers_path, ["sample_id", "predicted"], strings=["sample_id", "predicted"])
        predicted = index["sample_id"].map(answers.set_index("sample_id")["predicted"])
        parts.append(index.assign(place=place, correct=predicted == index["label"]))
    return pd.concat(parts, ignore_index=True)


def of_variant(maps: pd.DataFrame, variant: str) -> pd.DataFrame:
    """The maps that a variant takes.

    Parameters
    ----------
    maps : pandas.DataFrame
        Of `explained_maps`.
    variant : str
        A key of MAP_VARIANTS.

    Returns
    -------
    pandas.DataFrame
        Some of its rows.
    """
    part = maps[maps["set"] == ("heldout" if variant == "heldout" else "folds")]
    return part[part["correct"]] if variant == "correct_only" else part


def scaled_map(stored: np.ndarray, policy: Mapping[str, str]) -> np.ndarray:
    """A map with the sign and scale of a policy.

    Parameters
    ----------
    stored : numpy.ndarray
        [2, s, s]: signed and absolute sums over channels.
    policy : mapping
        sign and scale, as in `image_coefficients`.

    Returns
    -------
    numpy.ndarray
        [s, s]; NaN everywhere for a map that cannot be scaled, because it is constant or empty.
    """
    signed = SIGNS[policy["sign"]](np.asarray(stored))
    return SCALES[policy["scale"]](signed, ExtremesOf(signed))


class MeanFace:
    """The mean of the shapes of all classes, and the landmarks of every face.

    Parameters
    ----------
    landmarks_path, faces_path : path
        faces/landmarks.npy [N, 106, 2] and faces/index.csv.
    samples : pandas.DataFrame
        As from `read.load_samples`.
    smoothing : float
        Standard deviation of the Gaussian that warped maps are smoothed with, pixels of a crop of SIDE pixels; 0: none.

    Raises
    ------
    InputError
        Where landmarks and faces do not fit, and where no face of the folds has landmarks.
    """

    def __init__(self, landmarks_path: str, faces_path: str, samples: pd.DataFrame, smoothing: float) -> None:
        faces = read_table(faces_path, ["row", "sample_id"], strings=["sample_id"])
        landmarks = np.asarray(read_array(landmarks_path), np.float64)
        if len(landmarks) != len(faces):
            raise InputError(f"{landmarks_path}: {len(landmarks)} faces, {faces_path} has {len(faces)}; rebuild both")
        known = faces.merge(samples, on="sample_id", how="inner", sort=False)
        known = known[np.isfinite(landmarks[known["row"]]).all(axis=(1, 2))]
        folds = known[known["split"] == "folds"]
        if folds.empty:
            raise InputError(f"{landmarks_path}: no face of the folds has landmarks; maps cannot be put on one face")
        points = common_shape(landmarks[folds["row"]], folds["label"], folds["subject_id"])
        self.shape, self.smoothing = Shape(points), smoothing
        self.row = dict(zip(faces["sample_id"], faces["row"], strict=True))
        self.landmarks = {name: landmarks[row] for name, row in zip(known["sample_id"], known["row"], strict=True)}

    def warp(self, picture: np.ndarray, sample: str) -> np.ndarray:
        """A map of a face on the mean face.

        Parameters
        ----------
        picture : numpy.ndarray
            [s, s], of any side.
        sample : str
            Whose face; it has landmarks.

        Returns
        -------
        numpy.ndarray
            float32 [SIDE, SIDE].
        """
        fine = np.asarray(picture, np.float32)
        if len(fine) != SIDE:
            way = cv2.INTER_AREA if len(fine) > SIDE else cv2.INTER_LINEAR
            fine = np.asarray(cv2.resize(fine, (SIDE, SIDE), interpolation=way), np.float32)
        placed = self.shape.of(fine, self.landmarks[sample])
        return np.asarray(cv2.GaussianBlur(placed, (0, 0), self.smoothing) if self.smoothing else placed, np.float32)

    def regions(self, stack_path: str, samples: Iterable[str], count: int) -> np.ndarray:
        """The region that most faces have at each place of the mean face.

        Parameters
        ----------
        stack_path : path
            Region maps of all faces, uint8 [N, s, s].
        samples : iterable of str
            Faces with landmarks, each once.
        count : int
            Number of regions.

        Returns
        -------
        numpy.ndarray
            uint8 [SIDE, SIDE]; 0 is no region.
        """
        stack, votes = read_array(stack_path), np.zeros((count + 1, SIDE, SIDE), np.float32)
        for sample in samples:
            ids = np.asarray(stack[self.row[sample]])
            for region in np.unique(ids):
                inside = cv2.resize((ids == region).astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
                votes[region] += self.shape.of(inside, self.landmarks[sample])
        return votes.argmax(axis=0).astype(np.uint8)


@dataclass(frozen=True)
class PersonMaps:
    """The mean map of every person of a variant.

    Attributes
    ----------
    people : pandas.DataFrame
        One row a person and class: label, subject_id, kin_group, images, maps.
    maps : numpy.ndarray
        float32 [people, SIDE, SIDE], on the mean face.
    coefficients : dict
        Region set -> region coefficients of each person, float64 [people, regions]; NaN where no image has the region.
    left_out : dict
        Class -> images without landmarks, and maps that cannot be scaled.
    """

    people: pd.DataFrame
    maps: np.ndarray
    coefficients: dict[str, np.ndarray]
    left_out: dict[str, tuple[int, int]]


def _mean_of_maps(part: pd.DataFrame, stacks: Sequence[MapStack], policy: Mapping, face: MeanFace) -> np.ndarray:
    """The mean of some maps on the mean face, NaN where one cannot be scaled."""
    total = np.zeros((SIDE, SIDE))
    for row in part.itertuples():
        total += face.warp(scaled_map(stacks[row.place][row.row], policy), row.sample_id)
    return total / len(part)


def _regions_of(
    part: pd.DataFrame,
    stacks: Sequence[MapStack],
    policy: Mapping,
    regions: np.ndarray,
    count: int,
    face: MeanFace,
) -> Iterator[np.ndarray]:
    """Coefficients of each map, float64 [count] (equation 4, on the face itself and not on the mean face)."""
    for row in part.itertuples():
        mask = np.asarray(regions[face.row[row.sample_id]])
        yield image_coefficients(np.asarray(stacks[row.place][row.row]), mask, count, {"it": policy})[0][0]


def _mean_defined(values: np.ndarray) -> np.ndarray:
    defined = np.isfinite(values)
    total, count = np.where(defined, values, 0).sum(axis=0), defined.sum(axis=0)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def person_maps(
    explained: pd.DataFrame,
    stacks: Sequence[MapStack],
    policy: Mapping[str, str],
    face: MeanFace,
    regions: Mapping[str, tuple[np.ndarray, int]],
) -> PersonMaps:
    """Average the maps of each person.

    A face without landmarks is left out, and so is a map that cannot be scaled; both are counted and logged.

    Parameters
    ----------
    explained : pandas.DataFrame
        Of `of_variant`.
    stacks : sequence of stacks
        saliency/{method}.npy (or .npz) of each fold, float32 [n, 2, s, s].
    policy : mapping
        sign and scale of the maps.
    face : MeanFace
        Where the maps go.
    regions : mapping
        Region set -> region maps of all faces [N, s, s], and the number of its regions.

    Returns
    -------
    PersonMaps
        People in the order of class and name.

    Raises
    ------
    InputError
        Where nothing is left.
    """
    placed = explained["sample_id"].isin(face.landmarks)
    places = zip(explained["place"], explained["row"], strict=True)
    scaled = np.array([_can_be_scaled(stacks[place][row], policy) for place, row in places], bool)
    bare, constant = explained[~placed], explained[placed & ~scaled]
    if len(bare):
        log.warning("%d images without landmarks are left out, the first is %s", len(bare), bare["sample_id"].iloc[0])
    if len(constant):
        log.warning("%d maps are constant and left out, the first of %s", len(constant), constant["sample_id"].iloc[0])
    kept = explained[placed & scaled]
    if kept.empty and len(explained):
        raise InputError(
            f"no map is left: of {len(explained)}, {len(bare)} are of faces without landmarks (faces/landmarks.csv), "
            f"{len(constant)} are constant; take another method, or a policy without minmax (syndrome_maps.policy)"
        )
    labels = sorted(explained["label"].unique())
    left_out = {
        label: (bare.loc[bare["label"] == label, "sample_id"].nunique(), int((constant["label"] == label).sum()))
        for label in labels
    }
    people, maps = [], []
    values: dict[str, list[np.ndarray]] = {name: [] for name in regions}
    for (label, subject), part in kept.groupby(["label", "subject_id"], sort=True):
        people.append((label, subject, part["kin_group"].iloc[0], part["sample_id"].nunique(), len(part)))
        maps.append(_mean_of_maps(part, stacks, policy, face).astype(np.float32))
        for name, (stack, count) in regions.items():
            values[name].append(_mean_defined(np.stack(list(_regions_of(part, stacks, policy, stack, count, face)))))
    table = pd.DataFrame(people, columns=["label", "subject_id", "kin_group", "images", "maps"])
    joined = np.stack(maps) if maps else np.zeros((0, SIDE, SIDE), np.float32)
    return PersonMaps(table, joined, {name: np.array(rows) for name, rows in values.items()}, left_out)


def _can_be_scaled(stored: np.ndarray, policy: Mapping[str, str]) -> bool:
    return bool(np.isfinite(scaled_map(stored, policy)[0, 0]))


def true_changes(
    changes_path: str, truth_path: str, explained: pd.DataFrame, variant: str, face: MeanFace
) -> dict[str, np.ndarray]:
    """What the signs of each simulated class change on the mean face: mean change of faces from their unaffected twins.

    Of other people than the variant's, because edges of the same photographs would be in both: of those held out for
    the variants of the folds, and of those of the folds for held-out maps.

    Parameters
    ----------
    changes_path, truth_path : path
        truth/changes_{size}.npy, float [n, s, s], grey levels; truth/index.csv.
    explained : pandas.DataFrame
        Of `explained_maps`.
    variant : str
        A key of MAP_VARIANTS.
    face : MeanFace
        Where the changes go.

    Returns
    -------
    dict
        Class -> float64 [SIDE, SIDE], a mean in which every person counts once; no class without such people.
    """
    index = read_table(truth_path, ["row", "sample_id", "variant"], strings=["sample_id", "variant"])
    twins = index[index["variant"] == TWIN].set_index("sample_id")["row"]
    others = explained[explained["set"] == ("folds" if variant == "heldout" else "heldout")]
    images = others[others["sample_id"].isin(twins.index) & others["sample_id"].isin(face.landmarks)]
    images, stack = images.drop_duplicates("sample_id"), read_array(changes_path)
    means = {}
    for label, part in images.groupby("label", sort=True):
        placed = [face.warp(np.abs(stack[twins[name]]), name) for name in part["sample_id"]]
        means[label] = np.einsum("n,nij->ij", person_weights(part["subject_id"]), np.stack(placed))
    return means
