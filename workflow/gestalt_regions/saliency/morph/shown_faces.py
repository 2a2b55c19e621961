"""The images that a method is called with, as photographs of known faces."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.given_faces import GivenFaces
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
        In their order.
    """
    crops, pose = shown_photographs(explainer, x, faces), pose_of(faces.faces)
    kin, scale = faces.faces.table["kin_group"], SIDE / faces.faces.crops.shape[1]
    landmarks = np.asarray(faces.faces.landmarks, np.float64)
    return [
        Photograph(crop, landmarks[row] * scale, (pose[row, 0], pose[row, 1]), str(kin.iloc[row]))
        for crop, row in zip(crops, faces.rows, strict=True)
    ]
