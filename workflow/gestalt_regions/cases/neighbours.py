"""The study's faces that the networks find most alike, and by which regions; is the photograph one of them?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import torch

from gestalt_regions.cases.recognition import FoldGallery
from gestalt_regions.folds.assign import HELDOUT
from gestalt_regions.folds.copy_decision import compare, sized
from gestalt_regions.matching.similarity_maps import without_classifier
from gestalt_regions.regions.coefficients import image_coefficients
from gestalt_regions.saliency.engine import channel_sums
from gestalt_regions.saliency.explainer import Explainer

COLUMNS = ["rank", "sample_id", "label", "subject_id", "set", "similarity", "alike"]
CANDIDATES = 5  # nearest faces that are looked at as copies of the photograph
ALIKE = 3  # regions that are named at most


def similarities(
    embeddings: Mapping[str, np.ndarray], galleries: Mapping[str, FoldGallery], folds: pd.Series
) -> np.ndarray:
    """How alike each face of the study is to a new one, for networks that were trained on neither.

    Parameters
    ----------
    embeddings : mapping of str to ndarray
        Fold -> [d], of length one.
    galleries : mapping of str to FoldGallery
        By fold.
    folds : Series
        Fold of each face.

    Returns
    -------
    ndarray
        Cosine [N]: of a face of a fold by the fold's network, of any other by the mean over networks.
    """
    cosines = {fold: gallery.embeddings @ embeddings[fold] for fold, gallery in galleries.items()}
    mean = np.mean(list(cosines.values()), axis=0)
    for fold, of_fold in cosines.items():
        mean = np.where(folds == fold, of_fold, mean)
    return mean


def copies(crop: np.ndarray, crops: np.ndarray, alike: np.ndarray) -> list[int]:
    """The study's faces that show the same photograph.

    Parameters
    ----------
    crop : ndarray
        uint8 [s, s, 3], of the new photograph.
    crops : ndarray
        uint8 [N, s, s, 3], the study's.
    alike : ndarray
        [N], of `similarities`; the nearest CANDIDATES are compared pixel by pixel (folds/copy_decision.py).

    Returns
    -------
    list of int
        Rows.
    """
    rows = np.argsort(-alike, kind="stable")[:CANDIDATES]
    mine = sized(crop)
    same = []
    for row in rows.tolist():
        comparison = compare(mine, sized(np.asarray(crops[row])))
        if comparison is not None and comparison.is_copy:
            same.append(row)
    return same


def nearest_faces(faces: pd.DataFrame, alike: np.ndarray, left_out: Sequence[int], count: int) -> pd.DataFrame:
    """The nearest faces, one of each person.

    Parameters
    ----------
    faces : DataFrame
        sample_id, label, subject_id, fold of each row of the stacks.
    alike : ndarray
        [N], cosines.
    left_out : sequence of int
        Rows of the photograph itself.
    count : int
        How many.

    Returns
    -------
    DataFrame
        COLUMNS without `alike`, with `row` and `fold`.
    """
    table = faces.assign(similarity=alike, row=np.arange(len(faces))).drop(index=list(left_out))
    table = table[table["label"] != ""].sort_values("similarity", ascending=False, kind="stable")
    table = table.drop_duplicates("subject_id").head(count).reset_index(drop=True)
    table["rank"] = np.arange(1, len(table) + 1)
    table["set"] = np.where(table["fold"] == HELDOUT, HELDOUT, "folds")
    return table[["rank", "sample_id", "label", "subject_id", "set", "similarity", "row", "fold"]]


def likeness_by_region(
    explainer: Explainer, crop: np.ndarray, others: np.ndarray, regions: np.ndarray, count: int
) -> np.ndarray:
    """What of a new face makes it like others: Grad-CAM of the cosine, its mean over each region.

    Parameters
    ----------
    explainer : Explainer
        A fold's network.
    crop : ndarray
        uint8 [s, s, 3], of the new face.
    others : ndarray
        uint8 [n, s, s, 3].
    regions : ndarray
        uint8 [s, s], of the new face.
    count : int
        Regions.

    Returns
    -------
    ndarray
        [n, count]; positive: the region speaks for the likeness.
    """
    bare = Explainer(without_classifier(explainer.whole), explainer.batch, explainer.preprocess, explainer.precision)
    x = explainer.input(np.repeat(crop[None], len(others), axis=0))
    with torch.no_grad():
        encodings = torch.nn.functional.normalize(bare.network(explainer.input(others)))
    activation, gradient = bare.similarity_gradient(x, encodings, "", held=True)
    maps = channel_sums((gradient.mean((2, 3), keepdim=True) * activation).sum(1, keepdim=True), len(crop))
    policy = {"": {"sign": "signed", "scale": "raw"}}
    return np.stack([image_coefficients(each, regions, count, policy)[0][0] for each in maps])


def alike_words(values: np.ndarray, names: Sequence[str]) -> str:
    """The regions that make two faces alike, in words.

    Parameters
    ----------
    values : ndarray
        [regions], mean over networks.
    names : sequence of str
        The regions.

    Returns
    -------
    str
        ALIKE regions at most, above the mean of all, the first speaks most for the likeness; "; " between.
    """
    known = np.where(np.isfinite(values), values, -np.inf)
    above = known > np.nanmean(values) if np.isfinite(values).any() else np.zeros(len(values), bool)
    chosen = [number for number in np.argsort(-known, kind="stable") if above[number] and known[number] > 0]
    return "; ".join(names[number].replace("_", " ") for number in chosen[:ALIKE])
