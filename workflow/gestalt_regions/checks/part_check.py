"""What each part of the face holds (DeepGestalt's crops), and how far landmarks are from the rendered truth.

A feature lies in a part if all its points do. Points are the 106 that are found; of a rendered cohort also the true
ones, in the same aligned frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from gestalt_regions.cohort.simulated.head.head_landmarks import NAMES
from gestalt_regions.core.io import read_array, read_table, write_table
from gestalt_regions.core.seeds import generator
from gestalt_regions.faces import align
from gestalt_regions.faces.face_parts import FEATURES, PARTS, SIDE, Box, read_boxes
from gestalt_regions.faces.given_landmarks import POINTS
from gestalt_regions.faces.landmarks import five_points
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval, no_interval
from gestalt_regions.statistics.toolkit.read import load_samples
from gestalt_regions.truth.rendered_truth import RenderedTruth

FOUND, TRUE = "106 found", "true"
# What the names of true points of a feature contain.
TRUE_FEATURES = {
    "brows": ("brow_",),
    "eyes": ("eye_", "lid_"),
    "nose": ("bridge_", "nose_tip", "columella", "nostril_"),
    "mouth": ("lip_",),
    "chin": ("chin",),
}
FIVE = ("right eye", "left eye", "nose tip", "right mouth corner", "left mouth corner")  # of the subject
DETECTOR = "detector's five"
SUMMARY = ["mean", "low", "high", "level", "note", "simulated"]
PART_COLUMNS = ["part", "feature", "must", "points", "images", "groups", *SUMMARY]
LANDMARK_COLUMNS = ["point", "points", "images", "groups", "median", "p95", "across", "down", *SUMMARY]


def true_points(feature: str) -> list[int]:
    """The true landmarks of a feature.

    Parameters
    ----------
    feature : str
        Of faces.face_parts.FEATURES.

    Returns
    -------
    list of int
        Places in head_landmarks.NAMES, dense ones alone.
    """
    start = len(NAMES) - 68
    return [i for i, name in enumerate(NAMES) if i >= start and any(part in name for part in TRUE_FEATURES[feature])]


def inside(points: np.ndarray, box: Box) -> np.ndarray:
    """Whether all points of each face lie in a box.

    Parameters
    ----------
    points : ndarray [N, P, 2]
        x and y in pixels of the 112-pixel crop.
    box : tuple of int
        Left, top, right, bottom, in pixels of a crop of SIDE.

    Returns
    -------
    ndarray of bool [N]
        True where none is outside.
    """
    at = points * (SIDE / align.TEMPLATE_SIZE)
    return np.all((at >= box[:2]) & (at < box[2:]), axis=(1, 2))


def _true_landmarks(table: pd.DataFrame, five: np.ndarray, truth: RenderedTruth) -> np.ndarray:
    """The true points of every face in its aligned frame: [N, len(NAMES), 2], pixels of the 112-pixel crop."""
    return np.stack(
        [
            align.transform(align.similarity(points)[0], truth.landmarks(sample).astype(float))
            for sample, points in zip(table["sample_id"], five, strict=True)
        ]
    )


def errors(found: np.ndarray, true: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far five found points are from the true ones.

    Parameters
    ----------
    found, true : ndarray [N, 5, 2]
        In the order of FIVE, in one frame.

    Returns
    -------
    tuple of ndarray
        Distances [N, 5], and differences [N, 5, 2] (found less true), in percent of the true distance of the eyes.
    """
    eyes = np.linalg.norm(true[:, 1] - true[:, 0], axis=1)[:, None, None]
    apart = 100 * (found - true) / eyes
    return np.linalg.norm(apart, axis=2), apart


def write_part_check(
    inputs: Mapping[str, str | Sequence[str]],
    outputs: Mapping[str, str],
    *,
    bootstrap: Mapping,
    seed: int,
) -> None:
    """Write what each part holds, and the error of landmarks where the truth is known.

    Parameters
    ----------
    inputs : mapping
        Paths of samples, index, landmarks, parts (resources/face_parts.csv) and shards (of a rendered cohort; else
        none).
    outputs : mapping
        Paths of parts (PART_COLUMNS) and landmarks (LANDMARK_COLUMNS; no row without a truth).
    bootstrap : mapping
        n_resamples, level, group.
    seed : int
        Seed of the study.
    """
    samples = load_samples(str(inputs["samples"]))
    index = read_table(str(inputs["index"]), ["row", "sample_id", *POINTS], strings=["sample_id"])
    table = index.merge(samples, on="sample_id", validate="one_to_one").sort_values("row")
    dense = read_array(str(inputs["landmarks"]))[table["row"].to_numpy()].astype(float)
    five = table[POINTS].to_numpy(float).reshape(-1, 5, 2)
    truth = _true_landmarks(table, five, RenderedTruth(list(inputs["shards"]))) if inputs.get("shards") else None
    weights = Weights(table[bootstrap["group"]], bootstrap["n_resamples"], generator(seed, "part check"))
    simulated = bool(samples["simulated"].all())

    def _row(values: np.ndarray, **facts: object) -> dict[str, object]:
        low, high = interval(weights.mean(values), bootstrap["level"], weights.groups)
        said = {"mean": values.mean(), "low": low, "high": high, "level": bootstrap["level"], "simulated": simulated}
        counts = {"images": len(values), "groups": weights.groups, "note": no_interval(low, weights.groups)}
        return facts | said | counts

    sources = {FOUND: (dense, FEATURES)}
    if truth is not None:
        sources[TRUE] = (truth, {feature: tuple(true_points(feature)) for feature in FEATURES})
    rows = [
        _row(
            inside(points[:, list(of[feature])], box).astype(float),
            part=part,
            feature=feature,
            must=feature in PARTS[part].holds,
            points=source,
        )
        for part, box in read_boxes(str(inputs["parts"])).items()
        for feature in FEATURES
        for source, (points, of) in sources.items()
    ]
    write_table(pd.DataFrame(rows, columns=PART_COLUMNS), outputs["parts"])
    rows = []
    if truth is not None:
        aligned = np.stack([align.transform(align.similarity(points)[0], points) for points in five])
        for source, points in {DETECTOR: aligned, FOUND: five_points(dense)}.items():
            distances, apart = errors(points, truth[:, :5])
            for k, name in enumerate(FIVE):
                p95 = np.quantile(distances[:, k], 0.95)
                across, down = apart[:, k].mean(axis=0)
                more = {"median": np.median(distances[:, k]), "p95": p95, "across": across, "down": down}
                rows.append(_row(distances[:, k], point=name, points=source, **more))
    write_table(pd.DataFrame(rows, columns=LANDMARK_COLUMNS), outputs["landmarks"])
