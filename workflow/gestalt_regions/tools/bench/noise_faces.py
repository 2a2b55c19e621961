"""Made-up faces for methods that are given any: photographs of noise with region maps, families and folds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gestalt_regions.saliency.given_faces import Faces, GivenFaces

NAMES = {"paper": ("eyes", "nose", "mouth"), "fine": tuple("abcdef"), "segments": ("skin", "hair")}
LEARNT = 12  # faces that the network was trained on
FAMILIES = 6


def noise_faces(side: int, count: int, *, control: str = "b", classes: tuple[str, ...] = ("a", "b", "c")) -> GivenFaces:
    """Faces of fold 1, which are the images of a call, and twelve more of fold 2, which its network has learnt from.

    Classes and the six families take turns, so some of fold 1 are related to some of fold 2. Region maps are strips of
    rows; the first tenth of a face is in no region. There are no landmarks.

    Parameters
    ----------
    side : int
        Of the photographs, pixels.
    count : int
        Faces of fold 1.
    control : str
        The control class, "" for none.
    classes : tuple of str
        The classes.

    Returns
    -------
    GivenFaces
        Their rows are 0 ... count - 1.
    """
    total, rng = count + LEARNT, np.random.default_rng(0)
    coarse = rng.integers(0, 256, (total, side // 4 + 1, side // 4 + 1, 3), dtype=np.uint8)
    crops = coarse.repeat(4, 1).repeat(4, 2)[:, :side, :side]
    tenth, regions = np.arange(side) * 10 // side, {}
    for name, names in NAMES.items():
        ids = np.where(tenth == 0, 0, (tenth - 1) * len(names) // 9 + 1).astype(np.uint8)
        regions[name] = np.broadcast_to(ids[None, :, None], (total, side, side)).copy()
    numbers = range(total)
    table = pd.DataFrame(
        {
            "sample_id": [f"s{i}" for i in numbers],
            "label": [classes[i % len(classes)] for i in numbers],
            "subject_id": [f"p{i}" for i in numbers],
            "kin_group": [f"k{i % FAMILIES}" for i in numbers],
            "fold": ["1"] * count + ["2"] * LEARNT,
        }
    )
    return GivenFaces(Faces(table, crops, None, regions, NAMES, classes, control, "1"), list(range(count)))
