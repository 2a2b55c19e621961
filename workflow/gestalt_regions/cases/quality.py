"""Whether a new photograph is one that the networks know how to judge: beside the study's own faces."""

from __future__ import annotations

import cv2
import numpy as np
import pandas as pd

from gestalt_regions.cases.new_face import NEW, NewFace
from gestalt_regions.cases.recognition import Likeness
from gestalt_regions.faces.align import TEMPLATE, TEMPLATE_SIZE
from gestalt_regions.faces.face_shards import OUTSIDE_LIMIT, RESIDUAL_LIMIT
from gestalt_regions.faces.face_warnings import kinds
from gestalt_regions.faces.pose import pose_from_landmarks

COLUMNS = ["check", "value", "unit", "percentile", "verdict", "sentence"]
OUTER = 5.0  # per cent of the study's faces that count as unusual; beyond all of them a value is bad
LOOKED_AT = 2000  # faces of the study whose sharpness is measured
EYES = float(np.linalg.norm(TEMPLATE[1] - TEMPLATE[0]))  # pixels apart in the 112-pixel crop
HIDDEN = ("no_left_eye", "no_right_eye", "no_left_brow", "no_right_brow", "no_nose", "no_upper_lip", "no_lower_lip")


def sharpness(crop: np.ndarray) -> float:
    """How sharp a crop is: logarithm to base ten of the variance of its Laplacian.

    Parameters
    ----------
    crop : ndarray
        uint8 [s, s, 3].

    Returns
    -------
    float
        Of its grey levels at TEMPLATE_SIZE pixels (Pech-Pacheco et al., ICPR 2000).
    """
    grey = cv2.cvtColor(np.ascontiguousarray(crop), cv2.COLOR_RGB2GRAY)
    grey = cv2.resize(grey, (TEMPLATE_SIZE, TEMPLATE_SIZE), interpolation=cv2.INTER_AREA)
    return float(np.log10(cv2.Laplacian(grey, cv2.CV_32F).var() + 1e-6))


def percentile(value: float, of_study: np.ndarray) -> float:
    """Where a value lies among the study's.

    Parameters
    ----------
    value : float
        The new photograph's.
    of_study : ndarray
        The study's faces'.

    Returns
    -------
    float
        Per cent of them that are lower; of equal ones half. NaN where nothing is known.
    """
    known = of_study[np.isfinite(of_study)]
    if not len(known) or not np.isfinite(value):
        return float("nan")
    return float(100 * ((known < value).mean() + (known == value).mean() / 2))


def _verdict(share: float, low: bool, high: bool) -> str:
    """good, caution or bad, by where a value lies; low and high: which side is unusual."""
    sides = [100 - share] * high + [share] * low
    if not sides or not np.isfinite(share):
        return "good"
    least, outer = min(sides), OUTER / len(sides)
    return "bad" if least <= 0 else "caution" if least < outer else "good"


def _among(share: float) -> str:
    return "" if not np.isfinite(share) else f", higher than in {share:.0f} % of the study's faces"


def quality_table(face: NewFace, index: pd.DataFrame, crops: np.ndarray, like: Likeness, size: int) -> pd.DataFrame:
    """Check a new photograph.

    Parameters
    ----------
    face : NewFace
        With a face.
    index : DataFrame
        faces/index.csv.
    crops : ndarray
        The study's crops, uint8 [N, s, s, 3].
    like : Likeness
        In the embedding.
    size : int
        Side of the crops, pixels.

    Returns
    -------
    DataFrame
        COLUMNS. The verdict on pose, sharpness and likeness is caution in the outer OUTER per cent of the study's
        faces, and bad beyond all of them. Likeness knows only what the networks look at: a face may be unlike the
        study's in other ways and lie near them.
    """
    mine, study = pose_from_landmarks(pd.DataFrame([{"sample_id": NEW, **face.described}])), pose_from_landmarks(index)
    rows = np.unique(np.linspace(0, len(crops) - 1, LOOKED_AT).astype(int))
    sharp = np.array([sharpness(crops[row]) for row in rows])
    eyes, words = float(str(face.described["eye_distance"])), str(face.described["warnings"])
    lines = []

    def _add(check: str, value: float, unit: str, of_study: np.ndarray, low: bool, high: bool, said: str) -> None:
        share = percentile(value, of_study)
        lines.append((check, value, unit, share, _verdict(share, low, high), f"{said}{_among(share)}."))

    for axis, turned in (("yaw", "to the side"), ("pitch", "up or down")):
        value, of_study = float(mine[f"{axis}_measured"].iloc[0]), study[f"{axis}_measured"].to_numpy(float)
        unit = "eye distances" if axis == "yaw" else "share of the way from eyes to mouth"
        _add(
            f"pose {axis}",
            value,
            unit,
            of_study,
            True,
            True,
            f"How far the head is turned {turned}: {round(value, 2) + 0.0:.2f} {unit}",
        )
    value = sharpness(face.arrays["crops", size])
    _add("blur", value, "log10 variance of the Laplacian", sharp, True, False, f"Sharpness of the face is {value:.2f}")
    lines.append(_eyes(eyes, index["eye_distance"].to_numpy(float), size))
    lines.append(_outside(float(str(face.described["outside"])), index["outside"].to_numpy(float)))
    lines.append(_fit(float(str(face.described["residual"])), index["residual"].to_numpy(float)))
    lines.append(_occlusion(words))
    lines.append(_count(int(str(face.described["faces_found"])), index["faces_found"].to_numpy(float)))
    verdict = "bad" if like.percentile >= 100 else "caution" if like.percentile > 100 - OUTER else "good"
    unlike = {"bad": "Unlike anything the networks have seen", "caution": "Unusual", "good": "Like the study's faces"}
    said = (
        f"{unlike[verdict]}: {like.percentile:.0f} % of the study's out-of-fold faces lie nearer to the training faces."
    )
    lines.append(("likeness", like.distance, "1 less the cosine of embeddings", like.percentile, verdict, said))
    return pd.DataFrame(lines, columns=COLUMNS)


def _eyes(value: float, of_study: np.ndarray, size: int) -> tuple:
    """Whether the photograph has as many pixels of the face as the crop."""
    needed = EYES * size / TEMPLATE_SIZE
    enough = "enough for the crop" if value >= needed else f"fewer than the {needed:.0f} of the crop, so it is enlarged"
    said = f"The eyes are {value:.0f} pixels apart, {enough}."
    verdict = "good" if value >= needed else "caution"
    return "face size", value, "pixels between the eyes", percentile(value, of_study), verdict, said


def _outside(value: float, of_study: np.ndarray) -> tuple:
    """How much of the crop is outside the photograph."""
    verdict = (
        "bad" if value > OUTSIDE_LIMIT else "caution" if value > np.quantile(of_study, 1 - OUTER / 100) else "good"
    )
    said = f"{100 * value:.0f} % of the crop lie outside the photograph, and are black."
    return "outside the frame", value, "share of the crop", percentile(value, of_study), verdict, said


def _fit(value: float, of_study: np.ndarray) -> tuple:
    """How well the five landmarks stand as in a face from the front."""
    share = percentile(value, of_study)
    verdict = "bad" if value > RESIDUAL_LIMIT else "caution" if share > 100 - OUTER else "good"
    said = f"Eyes, nose and mouth are {value:.1f} pixels from where a face from the front has them{_among(share)}."
    return "landmarks", value, "pixels of the 112-pixel crop", share, verdict, said


def _occlusion(warnings: str) -> tuple:
    """Which parts of the face the parser does not see."""
    hidden = [kind.removeprefix("no_").replace("_", " ") for kind in kinds(warnings) if kind in HIDDEN]
    glasses = "glasses" in kinds(warnings)
    said = f"Not seen: {', '.join(hidden)}." if hidden else "All parts of the face are seen."
    said += " Glasses cover part of the eyes; the networks may not know them." if glasses else ""
    return (
        "occlusion",
        len(hidden),
        "parts not seen",
        np.nan,
        "bad" if hidden else "caution" if glasses else "good",
        said,
    )


def _count(found: int, of_study: np.ndarray) -> tuple:
    """How many faces there are."""
    said = "One face in the photograph." if found == 1 else f"{found} faces in the photograph; the largest is taken."
    verdict = "good" if found == 1 else "caution"
    return "faces in the photograph", found, "faces", percentile(found, of_study), verdict, said
