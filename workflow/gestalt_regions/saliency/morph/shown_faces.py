"""The images that a method is called with, as photographs of known faces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.given_faces import Faces, GivenFaces
from gestalt_regions.saliency.morph.fold_model import pose_of
from gestalt_regions.saliency.morph.morphed_values import Photograph
from gestalt_regions.saliency.morph.warps import SIDE


def shown_photographs(explainer: Explainer, x: Tensor, faces: GivenFaces) -> np.ndarray:
    """The images of a call as photographs.

    An image is the stored crop, or a changed copy of it, such as one with noise. The crop is taken, and the change is
    added in grey levels, rounded. So the plain image gives the crop itself, to the byte.

    Parameters
    ----------
    explainer : Explainer
        Whose preprocess made the images.
    x : Tensor
        Images [n, c, s, s].
    faces : GivenFaces
        Their rows.

    Returns
    -------
    ndarray
        uint8 [n, s, s, 3], RGB.
    """
    crops = np.asarray(faces.faces.crops[list(faces.rows)])
    change = (x.detach() - explainer.input(crops)).permute(0, 2, 3, 1).cpu().numpy()
    if not change.any():
        return crops
    assert explainer.preprocess is not None  # explainer.input would have raised
    levels = change * np.array(explainer.preprocess.scale, np.float32)
    levels = levels[..., ::-1] if explainer.preprocess.order == "bgr" else levels  # grey: the same in each channel
    return np.clip(np.round(crops + levels), 0, 255).astype(np.uint8)


def photographs(explainer: Explainer, x: Tensor, faces: GivenFaces) -> list[Photograph]:
    """The images of a call with what is known of them.

    Parameters
    ----------
    explainer : Explainer
        Whose preprocess made the images.
    x : Tensor
        Images [n, c, s, s].
    faces : GivenFaces
        Their rows.

    Returns
    -------
    list of Photograph
        In their order. An image that is the one before it, for another target, is the same object.
    """
    known = _known(faces.faces, shown_photographs(explainer, x, faces), faces.rows)
    for i, row in enumerate(faces.rows[1:], 1):
        if row == faces.rows[i - 1] and np.array_equal(known[i].crop, known[i - 1].crop):
            known[i] = known[i - 1]
    return known


def unseen_photographs(faces: Faces) -> list[tuple[int, Photograph]]:
    """The photographs of the fold, new to its network; of a class that has none there, those it was trained on.

    Parameters
    ----------
    faces : Faces
        All photographs.

    Returns
    -------
    list of tuple
        Class (its place in the classes) and photograph.
    """
    label = faces.table["label"]
    of_fold = (faces.table["fold"] == faces.fold) & label.isin(faces.classes)
    missing = label.isin(faces.classes) & ~label.isin(label[of_fold])
    rows = np.flatnonzero(of_fold | (missing & faces.training))
    labels = [list(faces.classes).index(label) for label in faces.table["label"].iloc[rows]]
    return list(zip(labels, _known(faces, np.asarray(faces.crops[rows]), rows.tolist()), strict=True))


def _known(faces: Faces, crops: np.ndarray, rows: Sequence[int]) -> list[Photograph]:
    """Crops of photographs of some rows, with what is known of them."""
    pose, kin, scale = pose_of(faces), faces.table["kin_group"], SIDE / faces.crops.shape[1]
    landmarks = np.asarray(faces.landmarks, np.float64)
    return [
        Photograph(crop, landmarks[row] * scale, (pose[row, 0], pose[row, 1]), str(kin.iloc[row]))
        for crop, row in zip(crops, rows, strict=True)
    ]
