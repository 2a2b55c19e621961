"""Whether a changed picture is still a face: how near it lies to real ones, and whether a detector finds it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.core.progress import track
from gestalt_regions.evaluation.fold_networks import FoldNetwork, Networks
from gestalt_regions.evaluation.perturb.drop_tables import ALL
from gestalt_regions.evaluation.perturb.plausibility import PHOTOGRAPH, PICTURES
from gestalt_regions.evaluation.perturb.region_drops import filled, without
from gestalt_regions.evaluation.perturb.stored_pictures import Pictures, StoredPictures
from gestalt_regions.evaluation.scored_maps import Counterfactuals, Regions
from gestalt_regions.faces.detect import Detector
from gestalt_regions.statistics.toolkit.read import join_samples, load_samples

NEIGHBOURS = 5


def distance_to_nearest(features: np.ndarray, real: np.ndarray, count: int = NEIGHBOURS) -> np.ndarray:
    """How far pictures are from the real faces that are nearest to them.

    Parameters
    ----------
    features : ndarray [n, d]
        Of the pictures, in the layer before a network's classifier.
    real : ndarray [m, d]
        Of real faces.
    count : int
        How many of the nearest are averaged over; all where there are fewer.

    Returns
    -------
    ndarray of float64 [n]
        Mean cosine distance, 0 to 2.
    """
    a, b = (x / np.linalg.norm(x, axis=1, keepdims=True).clip(1e-12) for x in (features.astype(float), real))
    return np.sort(1 - a @ b.T, axis=1)[:, :count].mean(axis=1)


@dataclass(frozen=True)
class Judge:
    """What judges the pictures of one fold.

    Attributes
    ----------
    network : FoldNetwork
        The fold's network.
    real : ndarray of float32 [N, d]
        Features of all photographs of the cohort.
    kin : ndarray of str [N]
        Kin group of each.
    detector : Detector or None
        The study's face detector; None if the cohort gives the faces.
    size : int
        Pixels at which it looks (config faces.detection_size).
    batch : int
        Pictures that pass the network together.
    counts : dict of bytes to int
        Faces in the pictures that the detector saw, by digest: a held-out face has most pictures in every fold.
    """

    network: FoldNetwork
    real: np.ndarray
    kin: np.ndarray
    detector: Detector | None
    size: int
    batch: int
    counts: dict[bytes, int]

    def distances(self, pictures: np.ndarray, kin_group: str) -> np.ndarray:
        """How far pictures are from photographs of other families.

        Parameters
        ----------
        pictures : ndarray of uint8 [n, s, s, 3]
            Of one person.
        kin_group : str
            The person's.

        Returns
        -------
        ndarray [n]
            As `distance_to_nearest`.
        """
        return distance_to_nearest(features(self.network, pictures, self.batch), self.real[self.kin != kin_group])

    def faces(self, picture: np.ndarray) -> float:
        """How many faces the detector finds in a picture.

        Parameters
        ----------
        picture : ndarray of uint8 [s, s, 3]
            The picture.

        Returns
        -------
        float
            A number; NaN without a detector.
        """
        if not self.detector:
            return float("nan")
        key = hashlib.sha256(picture.tobytes()).digest()
        if key not in self.counts:
            self.counts[key] = len(self.detector.detect(picture, self.size))
        return float(self.counts[key])


def features(network: FoldNetwork, pictures: np.ndarray, batch: int) -> np.ndarray:
    """What a network makes of pictures in the layer before its classifier.

    Parameters
    ----------
    network : FoldNetwork
        The network.
    pictures : ndarray of uint8 [n, s, s, 3]
        RGB.
    batch : int
        Pictures that are passed at a time.

    Returns
    -------
    ndarray of float32 [n, d]
        The embeddings.
    """
    parts = (np.array(pictures[start : start + batch]) for start in range(0, len(pictures), batch))
    with torch.no_grad():
        made = [network.network.run(network.preprocess(part, network.device)).cpu().numpy() for part in parts]
    return np.concatenate(made)


def _rows(face: Mapping[str, str], pictures: Pictures, judge: Judge, kin_group: str) -> Iterator[dict[str, object]]:
    """PICTURES of one face."""
    distances = judge.distances(np.stack(list(pictures.values())), kin_group)
    for (way, region), picture, distance in zip(pictures, pictures.values(), distances, strict=True):
        yield {**face, "way": way, "region": region, "distance": distance, "faces_found": judge.faces(picture)}


def _faces_judged(
    inputs: Mapping[str, str], samples: pd.DataFrame, control: str
) -> tuple[pd.DataFrame, Counterfactuals | None]:
    """Lines of scored.csv of affected faces, and their counterfactuals; only faces that have one."""
    text = ["sample_id", "fold", "set", "label"]
    scored = join_samples(read_table(inputs["scored"], text, text)[text], samples, inputs["scored"])
    if "twins" not in inputs:
        return scored[scored["label"] != control], None
    truth = Counterfactuals(inputs["truth"], scored["sample_id"], twins=inputs["twins"])
    return scored[truth.has_twin(scored["sample_id"])], truth


def write_pictures(
    inputs: Mapping[str, str],
    output: str,
    *,
    networks: Networks,
    stored: Mapping[str, Sequence[StoredPictures]],
    names: Mapping[str, int],
    detector: Detector | None,
    size: int,
    control: str,
) -> None:
    """Write how plausible every picture of every face is: the photograph, and it without each region in every way.

    Parameters
    ----------
    inputs : mapping of str to path
        scored, samples, faces (faces/index.csv), regions (the published boxes), crops; of a rendered cohort truth (its
        index) and twins (stack of photos).
    output : str
        Path of the table PICTURES.
    networks : Networks
        Those of all folds.
    stored : mapping of str to sequence of StoredPictures
        Fold -> the pictures of each method that makes any.
    names : mapping of str to int
        The published regions and their ids.
    detector : Detector or None
        The study's face detector, if it has one.
    size : int
        Pixels at which it looks.
    control : str
        The control class, whose faces have nothing to take out; "" for none.
    """
    samples, regions = load_samples(inputs["samples"], ()), Regions(inputs["regions"], inputs["faces"], names)
    index = read_table(inputs["faces"], ["row", "sample_id"], strings=["sample_id"])
    kin = join_samples(index, samples, inputs["faces"])["kin_group"].to_numpy(str)
    todo, truth = _faces_judged(inputs, samples, control)
    row_of = dict(zip(index["sample_id"], index["row"], strict=True))
    rows: list[dict[str, object]] = []
    counts: dict[bytes, int] = {}
    for fold, lines in todo.groupby("fold", sort=True):
        network = networks[str(fold)]
        real = features(network, network.crops, networks.batch)
        judge = Judge(network, real, kin, detector, size, networks.batch, counts)
        for line in track(lines.itertuples(), len(lines), f"faces of fold {fold}"):
            photo, boxes = np.array(network.crops[row_of[line.sample_id]]), regions[line.sample_id]
            pictures: Pictures = {(PHOTOGRAPH, ALL): photo}
            if truth is None:
                pictures |= filled(photo, boxes, regions.names)
            else:
                pictures |= without(truth.photos(line.sample_id), boxes, regions.names)
            for each in stored.get(str(fold), ()):
                pictures |= each.of(line.sample_id)
            face = {key: getattr(line, key) for key in ("sample_id", "fold", "set", "label")}
            rows += _rows(face, pictures, judge, line.kin_group)
    write_table(pd.DataFrame(rows, columns=PICTURES), output)
