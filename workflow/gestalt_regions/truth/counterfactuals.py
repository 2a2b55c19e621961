"""What would this simulated face look like without its syndrome, or without the signs of one region?

Pure functions: which counterfactuals a photo has, what changed between two pictures, and how much of it lies where.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from gestalt_regions.cohort.simulated.head.head_landmarks import FIVE, NAMES, OF_REGION
from gestalt_regions.cohort.simulated.head.head_model import LABELS
from gestalt_regions.regions.coefficients import PAPER_REGION_IDS

FACE, TWIN, REVERT = "face", "twin", "revert:"
REST = "rest"  # what is in none of the judged regions
# The judged regions on the true label map; the eyes have their brows, as in the published boxes.
ON_LABELS = {
    "eyes": ("right_brow", "left_brow", "right_eye", "left_eye"),
    "nose": ("nose",),
    "mouth": ("upper_lip", "inner_mouth", "lower_lip"),
}
CHANGE = ["row", "sample_id", "variant", "size", "mask", "region", "area", "mean", "share"]
DISPLACEMENT = ["row", "sample_id", "variant", "region", "points", "displacement"]


def variants(terms: Mapping[str, float], region_of: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """Counterfactuals of a photo: the face itself, its twin without any sign, and the face without each region's signs.

    Parameters
    ----------
    terms : mapping
        HPO term -> its strength in the photo.
    region_of : mapping
        HPO term -> region (hpo_terms.csv); regions come in its order, those without a shown term are left out.

    Returns
    -------
    dict
        Variant -> the terms it still shows, with their strength.
    """
    shown = {FACE: dict(terms), TWIN: {}}
    for region in dict.fromkeys(region_of.values()):
        kept = {term: strength for term, strength in terms.items() if region_of[term] != region}
        if len(kept) < len(terms):
            shown[f"{REVERT}{region}"] = kept
    return shown


def change_map(face: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How much two pictures differ: mean over the channels of the absolute difference.

    Parameters
    ----------
    face, other : ndarray [S, S, 3]
        Two pictures in one unit.

    Returns
    -------
    ndarray of float16 [S, S]
        In the same unit.
    """
    return np.abs(face.astype(np.float32) - other.astype(np.float32)).mean(-1).astype(np.float16)


def on_labels(labels: np.ndarray) -> np.ndarray:
    """Region map of a true label map.

    Parameters
    ----------
    labels : ndarray of uint8 [S, S]
        Ids of head_model.LABELS.

    Returns
    -------
    ndarray of uint8 [S, S]
        Ids of coefficients.PAPER_REGION_IDS.
    """
    ids = np.zeros(max(LABELS.values()) + 1, np.uint8)
    for region, parts in ON_LABELS.items():
        ids[[LABELS[part] for part in parts]] = PAPER_REGION_IDS[region]
    return ids[labels]


def shares(change: np.ndarray, regions: np.ndarray) -> list[dict[str, object]]:
    """Where a picture changed: each judged region and the rest.

    Undefined (NaN): the mean where a region has no pixel, the shares where nothing changed.

    Parameters
    ----------
    change : ndarray [S, S]
        A map of `change_map`.
    regions : ndarray of uint8 [S, S]
        Ids of coefficients.PAPER_REGION_IDS.

    Returns
    -------
    list of dict
        region, area (share of the pixels), mean (change in it), share (of all change).
    """
    values = change.astype(np.float64)
    total = values.sum()
    measured: list[dict[str, object]] = []
    for region, number in [*PAPER_REGION_IDS.items(), (REST, 0)]:
        inside = values[regions == number]
        measured.append(
            {
                "region": region,
                "area": inside.size / values.size,
                "mean": inside.mean() if inside.size else np.nan,
                "share": inside.sum() / total if total else np.nan,
            }
        )
    return measured


def displacements(face: np.ndarray, other: np.ndarray) -> list[dict[str, object]]:
    """How far the dense landmarks of each region moved, on average.

    Parameters
    ----------
    face, other : ndarray [L, 2]
        Landmarks of both pictures, in the order of head_landmarks.NAMES.

    Returns
    -------
    list of dict
        region, points (their number), displacement (in distances between the face's eyes).
    """
    at = {name: i for i, name in enumerate(NAMES)}
    right, left = (face[at[eye]] for eye in list(FIVE)[:2])
    moved = np.linalg.norm(other - face, axis=1) / np.linalg.norm(left - right)
    return [
        {"region": region, "points": len(names), "displacement": float(moved[[at[name] for name in names]].mean())}
        for region, names in OF_REGION.items()
    ]


def chosen(plan: pd.DataFrame, faces: Iterable[str], only: Iterable[str] | None) -> tuple[pd.DataFrame, str]:
    """The affected photos that get counterfactuals, in the order of the plan.

    Parameters
    ----------
    plan : DataFrame
        sample_id, terms ("" shows nothing: its twin would be itself).
    faces : iterable of str
        Samples that the face stage could use.
    only : iterable of str, optional
        Of these samples alone; of all if None.

    Returns
    -------
    photos : DataFrame
        Their rows of the plan.
    line : str
        How many there are, and why others are not.
    """
    wanted = plan if only is None else plan[plan["sample_id"].isin(set(only))]
    affected = wanted[wanted["terms"] != ""]
    usable = affected[affected["sample_id"].isin(set(faces))]
    return usable, (
        f"{len(usable)} of {len(wanted)} photos have counterfactuals: {len(wanted) - len(affected)} show no term, "
        f"{len(affected) - len(usable)} were excluded by the face stage"
    )
