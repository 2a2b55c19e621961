"""Maps that know neither network nor explanation: the floor that a map must beat, and the truth of simulated faces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from gestalt_regions.clinicians.eye_tracking.fixation_density import reader_densities
from gestalt_regions.clinicians.eye_tracking.screen_geometry import Shown
from gestalt_regions.evaluation.scored_maps import Counterfactuals, Regions
from gestalt_regions.faces import align

UNIFORM, CENTRE_BIAS, FACE_PARTS = "Uniform", "CentreBias", "FaceParts"
MEAN_GAZE, OTHER_READERS = "MeanGaze", "OtherReaders"
REGION_PRIOR, TRUTH = "RegionPrior", "Truth"
READERS_OF = "readers: "  # another group of readers
CENTRE_SHARE = 0.25  # standard deviation of the centre bias, of the picture's shorter side: an assumption
# What a line of the scores is
FLOOR, CEILING, OF_TRUTH, METHOD, CONTROL = "floor", "ceiling", "truth", "method", "control"
KINDS = {UNIFORM: FLOOR, CENTRE_BIAS: FLOOR, FACE_PARTS: FLOOR, MEAN_GAZE: FLOOR, REGION_PRIOR: FLOOR}
KINDS |= {TRUTH: OF_TRUTH, OTHER_READERS: CEILING}


def centre_bias(shown: Shown, size: int) -> np.ndarray:
    """A Gaussian about the middle of the picture, in the frame of the crop.

    Parameters
    ----------
    shown : Shown
        How the face was shown.
    size : int
        Side of the crop, pixels.

    Returns
    -------
    ndarray [size, size]
        1 at the middle of the picture; the standard deviation is CENTRE_SHARE of its shorter side.
    """
    row, column = np.mgrid[:size, :size]
    photo = align.transform(np.linalg.inv(shown.matrix), np.stack([column, row], axis=-1).astype(float))
    middle = (np.array([shown.width, shown.height]) - 1) / 2
    away = ((photo - middle) ** 2).sum(axis=-1) / (CENTRE_SHARE * min(shown.width, shown.height)) ** 2
    return np.exp(-away / 2)


@dataclass(frozen=True)
class Changes:
    """Where simulated faces changed with their syndrome.

    Attributes
    ----------
    counterfactuals : Counterfactuals
        The change maps.
    faces : tuple of str
        Those with a twin.
    kin : mapping
        sample_id -> kin group.
    changed : float
        Grey levels above which a pixel counts as changed.
    """

    counterfactuals: Counterfactuals
    faces: tuple[str, ...]
    kin: Mapping[str, str]
    changed: float
    _masks: dict[str, np.ndarray] = field(default_factory=dict, init=False, repr=False)

    def mask(self, face: str) -> np.ndarray:
        """Which pixels of a face changed.

        Parameters
        ----------
        face : str
            One of `faces`.

        Returns
        -------
        ndarray of bool [S, S]
            True where it differs from its twin.
        """
        if face not in self._masks:
            self._masks[face] = self.counterfactuals.change(face) > self.changed
        return self._masks[face]

    def truth(self, face: str) -> np.ndarray | None:
        """Give the change map of a face.

        Parameters
        ----------
        face : str
            A sample_id.

        Returns
        -------
        ndarray [S, S] or None
            Grey levels; None without a twin, or where nothing changed enough.
        """
        if face not in self.faces or not self.mask(face).any():
            return None
        return np.where(self.mask(face), self.counterfactuals.change(face), 0)

    def prior(self, face: str) -> np.ndarray:
        """Give the share of other families' faces in which each pixel changed.

        Parameters
        ----------
        face : str
            A sample_id.

        Returns
        -------
        ndarray [S, S]
            0 to 1.
        """
        others = [other for other in self.faces if self.kin[other] != self.kin[face]]
        return np.mean([self.mask(other) for other in others], axis=0)


def read_changes(truth: str, changes: str, faces: list[str], kin: Mapping[str, str], changed: float) -> Changes | None:
    """Open the truth of simulated faces.

    Parameters
    ----------
    truth, changes : str
        Paths of truth/index.csv and of the stack of change maps; "" where there is no truth.
    faces : list of str
        The faces that were looked at.
    kin : mapping
        sample_id -> kin group.
    changed : float
        Grey levels.

    Returns
    -------
    Changes or None
        None without truth, or where no face has a twin.
    """
    if not truth:
        return None
    counterfactuals = Counterfactuals(truth, pd.Series(faces), changes)
    with_twin = tuple(np.array(faces, object)[counterfactuals.has_twin(faces)])
    return Changes(counterfactuals, with_twin, kin, changed) if with_twin else None


def mean_gaze(densities: Mapping[str, Mapping[str, np.ndarray]], kin: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Of each face, where the same readers look on faces of other families, on average.

    Parameters
    ----------
    densities : mapping
        Face -> reader -> density.
    kin : mapping
        sample_id -> kin group.

    Returns
    -------
    dict
        Face -> map; a uniform one without any other face.
    """
    means = {face: np.mean(list(each.values()), axis=0) for face, each in densities.items()}
    others = {face: [means[other] for other in means if kin[other] != kin[face]] for face in means}
    return {face: np.mean(maps, axis=0) if maps else np.ones_like(means[face]) for face, maps in others.items()}


def baselines(
    face: str, shown: Shown, size: int, *, parts: Regions, gaze: np.ndarray, changes: Changes | None
) -> dict[str, np.ndarray]:
    """The maps of one face that are no explanations.

    Parameters
    ----------
    face : str
        A sample_id.
    shown : Shown
        How it was shown.
    size : int
        Side of the crop, pixels.
    parts : Regions
        Region maps of the published boxes: eyes, nose and mouth.
    gaze : ndarray [size, size]
        Of `mean_gaze`.
    changes : Changes or None
        Truth of a simulated cohort.

    Returns
    -------
    dict
        Name -> map [size, size], never negative.
    """
    maps = {
        UNIFORM: np.ones((size, size)),
        CENTRE_BIAS: centre_bias(shown, size),
        FACE_PARTS: (parts[face] > 0).astype(float),
        MEAN_GAZE: gaze,
    }
    if changes is not None and len({changes.kin[other] for other in changes.faces} - {changes.kin[face]}):
        maps[REGION_PRIOR] = changes.prior(face)
    if changes is not None and (truth := changes.truth(face)) is not None:
        maps[TRUTH] = truth
    return maps


def by_face(fixations: pd.DataFrame, shown: Mapping[str, Shown], size: int, weight: str) -> dict[str, dict]:
    """The densities of all readers on all faces.

    Parameters
    ----------
    fixations : DataFrame
        CLEAN.
    shown : mapping
        Of `shown_faces`.
    size, weight : int, str
        As `fixation_density.density`.

    Returns
    -------
    dict
        Face -> reader -> density; faces without a fixation on the crop are left out.
    """
    each = {
        face: reader_densities(part, size, shown[face].sigma, weight)
        for face, part in fixations.groupby("face", sort=True)
    }
    return {face: densities for face, densities in each.items() if densities}
