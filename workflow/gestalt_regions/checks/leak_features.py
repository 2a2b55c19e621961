"""What a leak probe sees of each image: everything but the face, the places of landmarks, and the face's embedding."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from gestalt_regions.core.onnx_runtime import batch_runner, open_session
from gestalt_regions.core.progress import track
from gestalt_regions.faces import align
from gestalt_regions.faces.given_landmarks import POINTS
from gestalt_regions.faces.photo import read_photo
from gestalt_regions.faces.unusable import Unusable
from gestalt_regions.truth.rendered_truth import RenderedTruth

log = logging.getLogger("gestalt_regions")

SIDE, RING = 32, 2  # the border is the outer 1/16 of each side, at 32 x 32 pixels
SHARPNESS_SIDE = 256
BATCH = 32
NUMBERS, NAMES = ("age",), ("sex", "ancestry")  # metadata, where the cohort has them


def border(image: np.ndarray) -> np.ndarray:
    """The outer ring of an image, shrunk to SIDE x SIDE pixels.

    Parameters
    ----------
    image : numpy.ndarray
        RGB uint8 [H, W, 3].

    Returns
    -------
    numpy.ndarray
        float32 [720].
    """
    small = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    outer = np.ones((SIDE, SIDE), bool)
    outer[RING:-RING, RING:-RING] = False
    return small[outer].astype(np.float32).ravel()


def image_statistics(image: np.ndarray, file_bytes: int) -> np.ndarray:
    """Mean and sd of each channel, log variance of the Laplacian (sharpness), log file size, width and height.

    Parameters
    ----------
    image : numpy.ndarray
        RGB uint8 [H, W, 3].
    file_bytes : int
        Size of the file.

    Returns
    -------
    numpy.ndarray
        float64 [10].
    """
    grey = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (SHARPNESS_SIDE, SHARPNESS_SIDE))  # bilinear
    sharpness = np.log(cv2.Laplacian(grey, cv2.CV_64F).var() + 1e-6)
    sizes = np.log([file_bytes, image.shape[1], image.shape[0]])
    return np.concatenate([image.mean((0, 1)), image.std((0, 1)), [sharpness], sizes])


def photo_features(paths: Sequence[Path], points: np.ndarray) -> dict[str, np.ndarray]:
    """What the probes on photographs see.

    Parameters
    ----------
    paths : sequence of Path
        The photographs [N].
    points : numpy.ndarray
        Detected landmarks [N, 5, 2], pixels of the photographs.

    Returns
    -------
    dict
        border_photo [N, 720], image_statistics [N, 10] and landmarks_in_photo [N, 10] (share of width and height). A
        photograph that cannot be read is NaN throughout.
    """
    features = {
        "border_photo": np.full((len(paths), (SIDE**2 - (SIDE - 2 * RING) ** 2) * 3), np.nan, np.float32),
        "image_statistics": np.full((len(paths), 10), np.nan),
        "landmarks_in_photo": np.full((len(paths), 10), np.nan),
    }
    for i, path in enumerate(track(paths, len(paths), "photos")):
        try:
            image = read_photo(path).pixels
        except Unusable as problem:
            log.warning("left out of the probes on photographs: %s: %s", path.name, problem)
            continue
        features["border_photo"][i] = border(image)
        features["image_statistics"][i] = image_statistics(image, path.stat().st_size)
        features["landmarks_in_photo"][i] = (points[i] / (image.shape[1], image.shape[0])).ravel()
    return features


def landmarks(index: pd.DataFrame) -> np.ndarray:
    """The detected landmarks.

    Parameters
    ----------
    index : pandas.DataFrame
        faces/index.csv [N].

    Returns
    -------
    numpy.ndarray
        float64 [N, 5, 2], pixels of the photographs.
    """
    return index[POINTS].to_numpy(float).reshape(-1, 5, 2)


def shape_of(points: np.ndarray, five: np.ndarray) -> np.ndarray:
    """Points in the aligned frame: position, size and tilt in the photo are gone, proportions are left.

    Parameters
    ----------
    points : numpy.ndarray
        [N, P, 2].
    five : numpy.ndarray
        The landmarks [N, 5, 2] that align each face to the template.

    Returns
    -------
    numpy.ndarray
        [N, 2 P].
    """
    moved = [align.transform(align.similarity(anchors)[0], face) for anchors, face in zip(five, points, strict=True)]
    return np.array(moved).reshape(len(points), -1)


def metadata(samples: pd.DataFrame) -> tuple[np.ndarray, list[str]]:
    """Age and one column for each sex and ancestry.

    A missing age is the mean with a mark of its own, a missing name a class of its own.

    Parameters
    ----------
    samples : pandas.DataFrame
        samples.csv [N].

    Returns
    -------
    tuple
        float64 [N, d], and the names of the columns used.
    """
    parts, used = [], []
    for name in (c for c in NUMBERS if c in samples):
        values = pd.to_numeric(samples[name], errors="coerce")
        if values.notna().any():
            parts += [values.fillna(values.mean()).to_numpy(float)[:, None], values.isna().to_numpy(float)[:, None]]
            used.append(name)
    for name in (c for c in NAMES if c in samples):
        values = samples[name].fillna("").astype(str)
        if (values != "").any():
            parts.append(pd.get_dummies(values).to_numpy(float))
            used.append(name)
    return np.concatenate(parts, axis=1) if parts else np.zeros((len(samples), 0)), used


def embeddings(crops: np.ndarray, rows: np.ndarray, encoder: str | Path, threads: int) -> np.ndarray:
    """ArcFace embeddings of aligned crops; one batch at a time is in memory.

    Input (pixel - 127.5) / 127.5 at 112 pixels.

    Parameters
    ----------
    crops : numpy.ndarray
        RGB uint8 [N, S, S, 3].
    rows : numpy.ndarray
        Which of them.
    encoder : str or Path
        The ONNX network.
    threads : int
        Of the processor.

    Returns
    -------
    numpy.ndarray
        float32 [rows, d].

    Raises
    ------
    InputError
        For a file that is no network.
    """
    embed, size, parts = batch_runner(open_session(str(encoder), threads)), align.TEMPLATE_SIZE, []
    for start in track(range(0, len(rows), BATCH), -(-len(rows) // BATCH), "batches"):
        batch = np.asarray(crops[rows[start : start + BATCH]])
        if batch.shape[1] != size:
            batch = np.stack([cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA) for crop in batch])
        parts.append(embed(((batch.astype(np.float32) - 127.5) / 127.5).transpose(0, 3, 1, 2)))
    return np.concatenate(parts)


def true_shape(shards: Sequence[str | Path], sample_ids: Sequence[str]) -> np.ndarray | str:
    """The dense true landmarks, aligned by the five true ones.

    Parameters
    ----------
    shards : sequence of str or Path
        Folders of rendered photos with their truth, or none.
    sample_ids : sequence of str
        The images [N].

    Returns
    -------
    numpy.ndarray or str
        [N, 2 L]; a reason where the cohort has no truth.
    """
    if not shards:
        return "the cohort has no true landmarks"
    truth = RenderedTruth(shards)
    points = np.array([truth.landmarks(name) for name in sample_ids], float)
    return shape_of(points[:, 5:], points[:, :5])
