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
POSES = {  # below and above the middle of the study's faces
    "yaw": ("turned to the left of the picture", "turned to the right of the picture"),
    "pitch": ("raised", "lowered"),
}
UNITS = {"yaw": "eye distances", "pitch": "share of the way from eyes to mouth"}
FRONT = " Take a photograph from the front."
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


def _hundred(share: float) -> str:
    """A share of the study's faces in words; the ends are none and all of them alone."""
    if share <= 0:
        return "none of the study's faces"
    return "every face of the study" if share >= 100 else f"{min(max(round(share), 1), 99)} of 100 of the study's faces"


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
    lines = [_pose(axis, mine, study) for axis in POSES]
    lines.append(_sharp(sharpness(face.arrays["crops", size]), sharp))
    lines.append(_eyes(eyes, index["eye_distance"].to_numpy(float), size))
    lines.append(_outside(float(str(face.described["outside"])), index["outside"].to_numpy(float)))
    lines.append(_fit(float(str(face.described["residual"])), index["residual"].to_numpy(float)))
    lines.append(_occlusion(words))
    lines.append(_count(int(str(face.described["faces_found"])), index["faces_found"].to_numpy(float)))
    lines.append(_likeness(like))
    return pd.DataFrame(lines, columns=COLUMNS)


def _pose(axis: str, mine: pd.DataFrame, study: pd.DataFrame) -> tuple:
    """How far the head is turned."""
    value, unit, (below, above) = float(mine[f"{axis}_measured"].iloc[0]), UNITS[axis], POSES[axis]
    share = percentile(value, study[f"{axis}_measured"].to_numpy(float))
    verdict = _verdict(share, True, True)
    way = above if share > 50 else below
    said = f"The head is {way} further than in {_hundred(abs(2 * share - 100))}."
    if verdict == "good":
        said = f"The head is {way} no further than is usual in the study."
    return f"pose {axis}", value, unit, share, verdict, said + FRONT * (verdict == "bad")


def _sharp(value: float, of_study: np.ndarray) -> tuple:
    """Whether the face is sharp."""
    share = percentile(value, of_study)
    verdict = _verdict(share, True, False)
    said = f"The face is sharp enough: sharper than {_hundred(share)}."
    if verdict != "good":
        said = f"The face is blurred: {_hundred(100 - share)} {'is' if share <= 0 else 'are'} sharper."
    more = " Take a sharper photograph." * (verdict == "bad")
    return "blur", value, "log10 variance of the Laplacian", share, verdict, said + more


def _eyes(value: float, of_study: np.ndarray, size: int) -> tuple:
    """Whether the photograph has as many pixels of the face as the crop."""
    needed = EYES * size / TEMPLATE_SIZE
    verdict = "good" if value >= needed else "caution"
    said = f"The eyes are {value:.0f} pixels apart; the networks look at {needed:.0f}."
    said += " So the face is enlarged, and fine signs are lost. Take a larger photograph." * (verdict != "good")
    return "face size", value, "pixels between the eyes", percentile(value, of_study), verdict, said


def _outside(value: float, of_study: np.ndarray) -> tuple:
    """How much of the crop is outside the photograph."""
    verdict = (
        "bad" if value > OUTSIDE_LIMIT else "caution" if value > np.quantile(of_study, 1 - OUTER / 100) else "good"
    )
    said = "All that the networks look at is in the photograph."
    if value > 0:
        said = f"{max(1, round(100 * value))} % of what the networks look at lies outside the photograph, and is black."
    said += " Take a photograph with space around the face." * (verdict == "bad")
    return "outside the frame", value, "share of the crop", percentile(value, of_study), verdict, said


def _fit(value: float, of_study: np.ndarray) -> tuple:
    """How well the five landmarks stand as in a face from the front."""
    share = percentile(value, of_study)
    verdict = "bad" if value > RESIDUAL_LIMIT else "caution" if share > 100 - OUTER else "good"
    said = "Eyes, nose and mouth stand as in a face from the front."
    if verdict == "caution":
        said = f"Eyes, nose and mouth stand less as in a face from the front than in {_hundred(share)}."
    elif verdict == "bad":
        said = f"Eyes, nose and mouth do not stand as in a face from the front.{FRONT}"
    return "landmarks", value, "pixels of the 112-pixel crop", share, verdict, said


def _occlusion(warnings: str) -> tuple:
    """Which parts of the face the parser does not see."""
    hidden = [kind.removeprefix("no_").replace("_", " ") for kind in kinds(warnings) if kind in HIDDEN]
    glasses = "glasses" in kinds(warnings)
    said = f"Not seen: {', '.join(hidden)}. Where they are is guessed." if hidden else "All parts of the face are seen."
    said += " Glasses cover part of the eyes; the networks may not know them." if glasses else ""
    verdict = "bad" if hidden else "caution" if glasses else "good"
    return "occlusion", len(hidden), "parts not seen", np.nan, verdict, said


def _count(found: int, of_study: np.ndarray) -> tuple:
    """How many faces there are."""
    said = "There is one face." if found == 1 else f"There are {found} faces; the largest is taken."
    verdict = "good" if found == 1 else "caution"
    return "faces in the photograph", found, "faces", percentile(found, of_study), verdict, said


def _likeness(like: Likeness) -> tuple:
    """How far the face is from those that the networks know, as far as they can tell."""
    verdict = "bad" if like.percentile >= 100 else "caution" if like.percentile > 100 - OUTER else "good"
    far = f"it lies further from the training faces than {_hundred(like.percentile)}"
    said = f"To the networks the face is unusual: {far}."
    if verdict == "bad":
        said = f"To the networks the face is unlike all that they have seen: {far}."
    elif verdict == "good":
        said = f"To the networks the face looks usual: {far}. What they do not look at may be unusual all the same."
    return "likeness", like.distance, "1 less the cosine of embeddings", like.percentile, verdict, said
