"""The 106 landmarks of every face: the mean of four detections, and how far they differ.

The network (2d106det of insightface) looks at a photograph through the alignment that made the crop: a frame a bit
larger than the crop, upright however the photograph lies. It looks four times: from two frames and at their mirror
images. The mean of four is nearer to the true points of a simulated face than one is, though not by much: most of one
detection's error is shared by all of them (docs/reference/saliency_engine.md has the numbers).

Order of the points: 0 to 32 outline of the face (0 the chin, 1 to 16 from the image's left ear down, 17 to 32 from the
right one), 33 to 42 eye and 43 to 51 brow on the image's left, 52 to 71 mouth, 72 to 86 nose, 87 to 96 eye and 97 to
105 brow on the image's right.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import new_array, read_table, write_table
from gestalt_regions.core.onnx_runtime import batch_runner, open_session
from gestalt_regions.core.progress import track
from gestalt_regions.faces import align
from gestalt_regions.faces.given_landmarks import POINTS
from gestalt_regions.faces.photo import read_photo
from gestalt_regions.faces.unusable import Unusable

log = logging.getLogger("gestalt_regions")

POINT_COUNT = 106
INPUT_SIZE = 192  # pixels
# Frames that the network looks through: centre and side in pixels of the 112-pixel crop. Detectors' boxes lie about
# (56, 62) with a side of 108; networks of this kind are trained on boxes enlarged by a half.
FRAMES = ((50.6, 62.0, 152.0), (61.4, 62.0, 174.0))
# Where each point is found in the mirror image.
MIRRORED = (
    *(0, *range(17, 33), *range(1, 17)),
    *(87, 88, 93, 91, 90, 92, 89, 94, 96, 95, 101, 100, 99, 97, 98, 105, 104, 102, 103),
    *(61, 53, 57, 58, 59, 54, 55, 56, 60, 52, 62, 67, 68, 69, 70, 63, 64, 65, 66, 71),
    *(72, 73, 74, 81, 82, 83, 84, 85, 80, 75, 76, 77, 78, 79, 86),
    *(33, 34, 39, 37, 36, 38, 35, 40, 42, 41, 46, 47, 45, 44, 43, 50, 51, 49, 48),
)
# The five points of an alignment (align.TEMPLATE's order), each the mean of some of the 106.
FIVE_OF_DENSE = (tuple(range(33, 43)), tuple(range(87, 97)), (86,), (52,), (61,))
COLUMNS = ["row", "sample_id", "spread"]
_MIRROR = np.array([[-1.0, 0.0, INPUT_SIZE - 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])

Run = Callable[[np.ndarray], np.ndarray]


def open_landmark_network(weights: str | Path, threads: int) -> Run:
    """Open the network that finds the points in a frame.

    Parameters
    ----------
    weights : path
        `landmarks_106.onnx`.
    threads : int
        Number of threads.

    Returns
    -------
    callable
        Frames float32 [n, 3, 192, 192], RGB of 0 to 255 -> [n, 212], x and y of each point from -1 to 1.

    Raises
    ------
    InputError
        For a file that is no such network.
    """
    run = batch_runner(open_session(str(weights), threads))
    try:
        shape = run(np.zeros((1, 3, INPUT_SIZE, INPUT_SIZE), np.float32)).shape
    except Exception as error:  # onnxruntime's own exception types are not public
        raise InputError(f"{weights}: takes no RGB image of {INPUT_SIZE} x {INPUT_SIZE} pixels ({error})") from None
    if shape != (1, 2 * POINT_COUNT):
        raise InputError(f"{weights}: gives {shape} for an image, not x and y of {POINT_COUNT} landmarks")
    return run


def frame_matrix(centre_x: float, centre_y: float, side: float) -> np.ndarray:
    """Matrix from the 112-pixel crop to a frame of the network.

    Parameters
    ----------
    centre_x, centre_y, side : float
        The frame, in pixels of the crop.

    Returns
    -------
    ndarray [3, 3]
        To pixels of the frame.
    """
    factor, half = INPUT_SIZE / side, (INPUT_SIZE - 1) / 2
    return np.array([[factor, 0, half - factor * centre_x], [0, factor, half - factor * centre_y], [0, 0, 1]])


def detections(run: Run, image: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The landmarks of one face, detected through each frame and through its mirror image.

    Parameters
    ----------
    run : callable
        The network, of `open_landmark_network`.
    image : ndarray of uint8 [H, W, 3]
        RGB photograph.
    points : ndarray [5, 2]
        Its five landmarks, as faces/index.csv has them: pixels of the photograph.

    Returns
    -------
    ndarray [2 x len(FRAMES), 106, 2]
        x and y in pixels of the 112-pixel crop.

    Raises
    ------
    Unusable
        If the five landmarks define no face.
    """
    to_crop = align.similarity(points)[0]
    frames = [mirror @ frame_matrix(*frame) for frame in FRAMES for mirror in (np.eye(3), _MIRROR)]
    seen = np.stack([align.warp(image, frame @ to_crop, INPUT_SIZE) for frame in frames])
    raw = run(np.ascontiguousarray(seen.transpose(0, 3, 1, 2), np.float32)).astype(np.float64)
    in_frame = (raw.reshape(len(frames), POINT_COUNT, 2) + 1) * (INPUT_SIZE / 2)
    in_crop = np.stack([align.transform(np.linalg.inv(f), p) for f, p in zip(frames, in_frame, strict=True)])
    in_crop[1::2] = in_crop[1::2, MIRRORED]
    return in_crop


def five_points(dense: np.ndarray) -> np.ndarray:
    """The five points of an alignment, from the 106 of a face.

    An eye is the mean of its ten points; nose tip and corners of the mouth are points themselves.

    Parameters
    ----------
    dense : ndarray [..., 106, 2]
        x and y.

    Returns
    -------
    ndarray [..., 5, 2]
        In the order of `align.TEMPLATE`.
    """
    return np.stack([dense[..., list(points), :].mean(axis=-2) for points in FIVE_OF_DENSE], axis=-2)


def spread(repeated: np.ndarray) -> float:
    """How far repeated detections of one face differ.

    Parameters
    ----------
    repeated : ndarray [D, 106, 2]
        Detections, in pixels.

    Returns
    -------
    float
        Root mean square over the points of the standard deviation between detections, pixels.
    """
    return float(np.sqrt(repeated.var(axis=0, ddof=1).sum(axis=-1).mean()))


def write_landmarks(
    *,
    samples: str | Path,
    index: str | Path,
    weights: str | Path,
    landmarks: str | Path,
    table: str | Path,
    threads: int,
) -> None:
    """Write the landmarks of every face.

    Parameters
    ----------
    samples : path
        The table with sample_id and image from which the faces were made; images are relative to its folder or
        absolute.
    index : path
        faces/index.csv.
    weights : path
        `landmarks_106.onnx`.
    landmarks : path
        Where the points go: float32 [N, 106, 2], x and y in pixels of the 112-pixel crop, rows as in `index`.
    table : path
        Where the spread of each face goes, columns COLUMNS.
    threads : int
        Number of threads.

    Raises
    ------
    InputError
        If a photograph from which a face was made is not there any more.
    """
    image_of = read_table(samples, ["sample_id", "image"], strings=["sample_id", "image"]).set_index("sample_id")[
        "image"
    ]
    faces = read_table(index, ["row", "sample_id", *POINTS], strings=["sample_id"])
    if gone := sorted(set(faces["sample_id"]) - set(image_of.index)):
        raise InputError(f"{index}: face {gone[0]} is not in {samples}; make the faces again")
    run, spreads = open_landmark_network(weights, threads), []
    with new_array(landmarks, (len(faces), POINT_COUNT, 2), np.float32) as stack:
        five = faces[POINTS].to_numpy(np.float64).reshape(-1, 5, 2)
        for row, sample in enumerate(track(faces["sample_id"], len(faces), "faces")):
            path = Path(samples).parent / image_of[sample]
            try:
                repeated = detections(run, read_photo(path).pixels, five[row])
            except Unusable as problem:
                raise InputError(
                    f"{path} ({sample}): {problem.detail}, though a face was made of it; bring the photograph back, or "
                    "make the faces again without it"
                ) from None
            stack[row] = repeated.mean(axis=0)
            spreads.append(spread(repeated))
    write_table(pd.DataFrame({"row": faces["row"], "sample_id": faces["sample_id"], "spread": spreads}), table)
    if spreads:
        log.info("%d detections a face differ by %.2f pixels of the crop (median)", 2 * len(FRAMES), np.median(spreads))
