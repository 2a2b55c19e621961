"""Facial landmarks of the head model: points of its skin, the same on every head, so their places are true, not found.

The five that alignment needs (gestalt_regions.faces.align.TEMPLATE's order) and 68 in the order of iBUG 300-W (Sagonas
et al. 2013): jaw, brows, nose, eyes, lips, each from the image's left to right. The jaw's points stay on the skin;
where a turned head's outline wanders over the cheek, they do not follow it.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from gestalt_regions.cohort.simulated.head.head_model import HeadModel
from gestalt_regions.core.errors import InputError

# Where the points of the subject's left half lie on the rest pose, decimetres: vertices of the MakeHuman base mesh,
# which is symmetric, chosen on frontal drawings of it.
LEFT = {
    "jaw_8": (0.7148, 7.2444, 0.6682),
    "jaw_7": (0.6944, 7.0747, 0.8310),
    "jaw_6": (0.6613, 6.9044, 0.9022),
    "jaw_5": (0.6339, 6.7604, 0.8453),
    "jaw_4": (0.5537, 6.5792, 0.9688),
    "jaw_3": (0.4745, 6.4321, 0.9384),
    "jaw_2": (0.3390, 6.2914, 1.0529),
    "jaw_1": (0.1479, 6.2047, 1.3714),
    "brow_1": (0.1115, 7.3603, 1.4700),
    "brow_2": (0.1783, 7.3762, 1.4482),
    "brow_3": (0.2928, 7.4090, 1.4238),
    "brow_4": (0.4149, 7.4468, 1.3788),
    "brow_5": (0.5766, 7.3882, 1.2082),
    "nostril_1": (0.0524, 6.8462, 1.5955),
    "nostril_2": (0.1582, 6.8652, 1.5081),
    "eye_inner": (0.2030, 7.2751, 1.3690),
    "lid_upper_1": (0.2701, 7.3295, 1.4076),
    "lid_upper_2": (0.3835, 7.3242, 1.4009),
    "eye_outer": (0.4367, 7.2823, 1.3550),
    "lid_lower_2": (0.3865, 7.2481, 1.3873),
    "lid_lower_1": (0.2760, 7.2434, 1.3986),
    "lip_corner": (0.2528, 6.6087, 1.4196),
    "lip_upper_2": (0.1787, 6.6870, 1.5235),
    "lip_upper_1": (0.0803, 6.6946, 1.5905),
    "lip_lower_2": (0.2293, 6.5555, 1.4342),
    "lip_lower_1": (0.1311, 6.4969, 1.4946),
    "lip_inner_corner": (0.2209, 6.6155, 1.4585),
    "lip_inner_upper": (0.1014, 6.6133, 1.5452),
    "lip_inner_lower": (0.1044, 6.6070, 1.5077),
}
MIDDLE = {
    "chin": (0.0, 6.1683, 1.3778),
    "bridge_1": (0.0, 7.2609, 1.5139),
    "bridge_2": (0.0, 7.1485, 1.5617),
    "bridge_3": (0.0, 7.0340, 1.6310),
    "nose_tip": (0.0, 6.9385, 1.6798),
    "columella": (0.0, 6.8053, 1.5732),
    "lip_upper_middle": (0.0, 6.6826, 1.6019),
    "lip_lower_middle": (0.0, 6.4885, 1.5565),
    "lip_inner_upper_middle": (0.0, 6.6081, 1.5530),
    "lip_inner_lower_middle": (0.0, 6.6014, 1.5396),
}
PLACES = (
    {f"right_{name}": (-x, y, z) for name, (x, y, z) in LEFT.items()}
    | {f"left_{name}": place for name, place in LEFT.items()}
    | MIDDLE
)


def _across(names: str, middle: str = "") -> tuple[str, ...]:
    """The subject's right side, the middle, and the left side in reverse: from the image's left to its right."""
    listed = names.split()
    return tuple([f"right_{n}" for n in listed] + middle.split() + [f"left_{n}" for n in reversed(listed)])


RIGHT_EYE = tuple(f"right_{n}" for n in "eye_outer lid_upper_2 lid_upper_1 eye_inner lid_lower_1 lid_lower_2".split())
LEFT_EYE = tuple(f"left_{n}" for n in "eye_inner lid_upper_1 lid_upper_2 eye_outer lid_lower_2 lid_lower_1".split())
DENSE = (
    *_across("jaw_8 jaw_7 jaw_6 jaw_5 jaw_4 jaw_3 jaw_2 jaw_1", "chin"),
    *_across("brow_5 brow_4 brow_3 brow_2 brow_1"),
    *("bridge_1", "bridge_2", "bridge_3", "nose_tip"),
    *_across("nostril_2 nostril_1", "columella"),
    *RIGHT_EYE,
    *LEFT_EYE,
    *_across("lip_corner lip_upper_2 lip_upper_1", "lip_upper_middle"),
    *reversed(_across("lip_lower_2 lip_lower_1", "lip_lower_middle")),
    *_across("lip_inner_corner lip_inner_upper", "lip_inner_upper_middle"),
    *reversed(_across("lip_inner_lower", "lip_inner_lower_middle")),
)
# An eye's centre is the mean of its six lid points: where the eye is, whatever it looks at.
FIVE = {
    "right_eye": RIGHT_EYE,
    "left_eye": LEFT_EYE,
    "nose": ("nose_tip",),
    "right_mouth": ("right_lip_corner",),
    "left_mouth": ("left_lip_corner",),
}
NAMES = (*FIVE, *DENSE)
# The dense points that a region's terms move, for displacements; the eyes' include the brows, as the paper's boxes do.
OF_REGION = {
    "eyes": tuple(n for n in DENSE if "brow" in n or "lid" in n or "eye" in n),
    "nose": tuple(n for n in DENSE if n.startswith(("bridge", "nose", "columella")) or "nostril" in n),
    "mouth": tuple(n for n in DENSE if "lip_" in n),
    "chin": ("right_jaw_2", "right_jaw_1", "chin", "left_jaw_1", "left_jaw_2"),
}
TOLERANCE = 1e-3  # decimetres between a place and the vertex meant by it


class Landmarks:
    """The landmarks of one head model, found once: NAMES, each the mean of one vertex or a few.

    Parameters
    ----------
    model : HeadModel
        The head.

    Raises
    ------
    InputError
        If the model's mesh has no vertex at one of the places.
    """

    def __init__(self, model: HeadModel) -> None:
        """Raises InputError if the model's mesh has no vertex at one of the places."""
        skin = np.unique(model.part("body").references)
        names, places = list(PLACES), np.array(list(PLACES.values()))
        distance = np.linalg.norm(places[:, None] - model.base[skin], axis=-1)
        if (worst := distance.min(1)).max() > TOLERANCE:
            raise InputError(f"the head model has no vertex at landmark {names[int(worst.argmax())]}; build it again")
        vertex = dict(zip(names, skin[distance.argmin(1)], strict=True))
        bound = [FIVE.get(name, (name,)) for name in NAMES]
        rows = [row for row, parts in enumerate(bound) for _ in parts]
        shares = [1 / len(parts) for parts in bound for _ in parts]
        columns = [vertex[part] for parts in bound for part in parts]
        self._weights = sparse.csr_matrix((shares, (rows, columns)), shape=(len(NAMES), len(model.base)))

    def on(self, vertices: np.ndarray) -> np.ndarray:
        """Landmarks of a shaped head.

        Parameters
        ----------
        vertices : ndarray [V, 3]
            Its vertices, decimetres.

        Returns
        -------
        ndarray [L, 3]
            In the order of NAMES, decimetres.
        """
        return self._weights @ vertices
