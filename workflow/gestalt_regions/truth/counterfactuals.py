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
    """Variant -> the terms it still shows: the face itself, its twin without any, and without each region's.

    region_of: term -> region (hpo_terms.csv); regions come in its order, those without a shown term are left out.
    """
    shown = {FACE: dict(terms), TWIN: {}}
    for region in dict.fromkeys(region_of.values()):
        kept = {term: strength for term, strength in terms.items() if region_of[term] != region}
        if len(kept) < len(terms):
            shown[f"{REVERT}{region}"] = kept
    return shown


def change_map(face: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Mean over the channels of the absolute difference of two pictures (S,S,3), float16 (S,S), in the same unit."""
    return np.abs(face.astype(np.float32) - other.astype(np.float32)).mean(-1).astype(np.float16)


def on_labels(labels: np.ndarray) -> np.ndarray:
    """The region map (S,S) of a true label map (S,S): ids of coefficients.PAPER_REGION_IDS."""
    ids = np.zeros(max(LABELS.values()) + 1, np.uint8)
    for region, parts in ON_LABELS.items():
        ids[[LABELS[part] for part in parts]] = PAPER_REGION_IDS[region]
    return ids[labels]


def shares(change: np.ndarray, regions: np.ndarray) -> list[dict[str, object]]:
    """For each judged region and the rest: area (share of the pixels), mean change in it, its share of all change.

    Undefined (NaN): the mean where a region has no pixel, the shares where nothing changed.
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
    """How far the dense landmarks (L,2) of each region moved, on average, in distances between the face's eyes."""
    at = {name: i for i, name in enumerate(NAMES)}
    right, left = (face[at[eye]] for eye in list(FIVE)[:2])
    moved = np.linalg.norm(other - face, axis=1) / np.linalg.norm(left - right)
    return [
        {"region": region, "points": len(names), "displacement": float(moved[[at[name] for name in names]].mean())}
        for region, names in OF_REGION.items()
    ]


def chosen(plan: pd.DataFrame, faces: Iterable[str], only: Iterable[str] | None) -> tuple[pd.DataFrame, str]:
    """The affected photos that get counterfactuals, in the order of the plan, and a line about those that do not.

    plan: sample_id, terms ("" shows nothing: its twin would be itself); faces: the samples that the face stage could
    use; only: of these samples alone, of all if None.
    """
    wanted = plan if only is None else plan[plan["sample_id"].isin(set(only))]
    affected = wanted[wanted["terms"] != ""]
    usable = affected[affected["sample_id"].isin(set(faces))]
    return usable, (
        f"{len(usable)} of {len(wanted)} photos have counterfactuals: {len(wanted) - len(affected)} show no term, "
        f"{len(affected) - len(usable)} were excluded by the face stage"
    )
