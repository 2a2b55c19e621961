"""Every map of the study against every group of readers, with a floor, a ceiling and intervals.

Two questions. `each reader`: how well the map says where one reader looks; the ceiling is the map of all other readers
of the group. `all readers`: how alike the map and the mean density of the group are; the ceiling is one half of the
readers against the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import ndimage

from gestalt_regions.clinicians.eye_tracking import duong_measures, gaze_measures
from gestalt_regions.clinicians.eye_tracking import gaze_baselines as base
from gestalt_regions.clinicians.eye_tracking.clean_fixations import ALL, group_parts
from gestalt_regions.clinicians.eye_tracking.fixation_density import pixels
from gestalt_regions.clinicians.eye_tracking.screen_geometry import Shown
from gestalt_regions.core.seeds import generator
from gestalt_regions.evaluation.scored_maps import Regions

EACH, TOGETHER = "each reader", "all readers"
SPLITS = 5  # halves of the readers
VALUES = ["group", "gaze", "method", "measure", "face", "reader", "value"]
MapsOf = Callable[[str], Mapping[str, list[np.ndarray]]]  # face -> method -> its maps, one for each network


@dataclass(frozen=True)
class GazeStudy:
    """What scoring knows beside the fixations.

    Attributes
    ----------
    shown : mapping
        Face -> how it was shown.
    size : int
        Side of the crop, pixels.
    weight : str
        duration or count.
    kin : mapping
        Face -> kin group.
    parts : Regions
        Eyes, nose and mouth.
    changes : Changes or None
        Truth of simulated faces.
    maps_of : callable
        Face -> method -> maps.
    smooth_maps : bool
        Whether maps get the Gaussian of the densities.
    seed : int
        The study's.
    """

    shown: Mapping[str, Shown]
    size: int
    weight: str
    kin: Mapping[str, str]
    parts: Regions
    changes: base.Changes | None
    maps_of: MapsOf
    smooth_maps: bool
    seed: int


@dataclass(frozen=True)
class _Looks:
    """The gaze of one group on one face: places and owners of the fixations, densities, places on other faces."""

    at: gaze_measures.Place
    owner: np.ndarray  # number of the reader of each fixation
    readers: list[str]
    densities: np.ndarray  # [R, S, S]
    elsewhere: gaze_measures.Place
    looked_at: np.ndarray

    def means(self, values: np.ndarray) -> np.ndarray:
        """Mean of each reader's fixations."""
        return np.bincount(self.owner, values, len(self.readers)) / np.bincount(self.owner, minlength=len(self.readers))

    def of(self, chosen: np.ndarray) -> _Looks:
        """The same of some of the readers (numbers)."""
        mine = np.isin(self.owner, chosen)
        number = {reader: k for k, reader in enumerate(chosen)}
        owner = np.array([number[reader] for reader in self.owner[mine]], int)
        at = self.at[0][mine], self.at[1][mine]
        readers = [self.readers[k] for k in chosen]
        return _Looks(at, owner, readers, self.densities[chosen], self.elsewhere, self.looked_at)


def _looks(face: str, group: pd.DataFrame, densities: Mapping[str, np.ndarray], study: GazeStudy) -> _Looks:
    here = group[(group["face"] == face) & group["on_crop"]]
    others = group[group["on_crop"] & (group["face"].map(study.kin) != study.kin[face])]
    readers = sorted(densities)
    looked_at = np.zeros((study.size, study.size), bool)
    looked_at[pixels(here)] = True
    owner = here["reader"].map({reader: k for k, reader in enumerate(readers)}).to_numpy(int)
    stack = np.stack([densities[reader] for reader in readers])
    return _Looks(pixels(here), owner, readers, stack, pixels(others), looked_at)


def each_reader(values: np.ndarray, looks: _Looks, centre: np.ndarray) -> dict[str, np.ndarray]:
    """All measures of a map against each reader.

    Parameters
    ----------
    values : ndarray [S, S]
        The map.
    looks : _Looks
        Where readers look.
    centre : ndarray [S, S]
        The centre bias.

    Returns
    -------
    dict
        Measure -> value of each reader [R].
    """
    of_fixations = {
        "nss": gaze_measures.nss(values, looks.at),
        "auc_judd": gaze_measures.auc_judd(values, looks.at, looks.looked_at),
        "auc_shuffled": gaze_measures.auc_shuffled(values, looks.at, looks.elsewhere),
        "information_gain": gaze_measures.information_gain(values, looks.at, centre),
    }
    scores = {name: looks.means(each) for name, each in of_fixations.items()}
    return scores | {name: function(values, looks.densities) for name, function in gaze_measures.OF_DENSITY.items()}


class _Together:
    """The measures of maps against the mean density of a group."""

    def __init__(self, density: np.ndarray) -> None:
        self._density, self._processed = density[None], duong_measures.processed(density)

    def score(self, values: np.ndarray, raw: np.ndarray, of_readers: bool) -> dict[str, float]:
        """Values of a map; raw: before any smoothing, which Duong et al. do in their own way."""
        scores = {name: float(f(values, self._density)[0]) for name, f in gaze_measures.OF_DENSITY.items()}
        return scores | duong_measures.duong(self._processed, raw, of_readers)


def _ceiling_each(looks: _Looks, centre: np.ndarray) -> dict[str, np.ndarray]:
    """Each reader against the mean density of the other readers."""
    count, total = len(looks.readers), looks.densities.sum(axis=0)
    one_by_one = []
    for k in range(count):
        others = (total - looks.densities[k]) / (count - 1)
        one_by_one.append(each_reader(others, looks.of(np.array([k])), centre))
    return {name: np.concatenate([each[name] for each in one_by_one]) for name in one_by_one[0]}


def _ceiling_together(looks: _Looks, rng: np.random.Generator) -> dict[str, float]:
    """One half of the readers against the other, the mean of some random halves."""
    halves = []
    for _ in range(SPLITS):
        order = rng.permutation(len(looks.readers))
        first, second = (looks.densities[half].mean(axis=0) for half in np.array_split(order, 2))
        halves.append(_Together(first).score(second, second, of_readers=True))
    return {name: float(np.mean([each[name] for each in halves])) for name in halves[0]}


def _mean(dicts: list[Mapping]) -> dict:
    return {name: np.mean([each[name] for each in dicts], axis=0) for name in dicts[0]}


def _smoothed(values: np.ndarray, sigma: float) -> np.ndarray:
    return ndimage.gaussian_filter(values.astype(np.float64), sigma, mode="nearest", truncate=4)


def gaze_values(fixations: pd.DataFrame, study: GazeStudy) -> Iterator[pd.DataFrame]:
    """The value of every map, group, face and, for each reader, reader.

    Parameters
    ----------
    fixations : DataFrame
        CLEAN.
    study : GazeStudy
        All else.

    Yields
    ------
    DataFrame
        VALUES; reader is "" for all readers together.
    """
    parts = group_parts(fixations)
    densities = {group: base.by_face(part, study.shown, study.size, study.weight) for group, part in parts.items()}
    gaze = {group: base.mean_gaze(each, study.kin) for group, each in densities.items()}
    for face in densities[ALL]:
        raw = study.maps_of(face)
        sigma = study.shown[face].sigma
        smooth = {
            m: [_smoothed(each, sigma) for each in maps] if study.smooth_maps else maps for m, maps in raw.items()
        }
        for group in (group for group in parts if face in densities[group]):
            looks = _looks(face, parts[group], densities[group][face], study)
            still = base.baselines(
                face,
                study.shown[face],
                study.size,
                parts=study.parts,
                gaze=gaze[group][face],
                changes=study.changes,
            )
            truth = still.get(base.TRUTH)
            ready = still | ({base.TRUTH: _smoothed(truth, sigma)} if truth is not None and study.smooth_maps else {})
            of_others = {
                f"{base.READERS_OF}{other}": np.mean(list(densities[other][face].values()), axis=0)
                for other in parts
                if other not in (group, ALL) and group != ALL and face in densities[other]
            }
            maps = {**smooth, **{name: [one] for name, one in (ready | of_others).items()}}
            untouched = {**raw, **{name: [one] for name, one in (still | of_others).items()}}
            yield _of_face(face, group, looks, maps, untouched, study)


def _of_face(
    face: str,
    group: str,
    looks: _Looks,
    maps: Mapping[str, list[np.ndarray]],
    raw: Mapping[str, list[np.ndarray]],
    study: GazeStudy,
) -> pd.DataFrame:
    """VALUES of one face and group."""
    centre, group_gaze = maps[base.CENTRE_BIAS][0], _Together(looks.densities.mean(axis=0))
    each = {name: _mean([each_reader(one, looks, centre) for one in some]) for name, some in maps.items()}
    together = {}
    for name, some in maps.items():
        is_gaze = name == base.MEAN_GAZE or name.startswith(base.READERS_OF)
        pairs = zip(some, raw[name], strict=True)
        together[name] = _mean([group_gaze.score(one, untouched, is_gaze) for one, untouched in pairs])
    if len(looks.readers) > 1:
        each[base.OTHER_READERS] = _ceiling_each(looks, centre)
        rng = generator(study.seed, "eye_tracking", "halves", group, face)
        together[base.OTHER_READERS] = _ceiling_together(looks, rng)
    lines = [
        (group, EACH, method, measure, face, reader, value)
        for method, scores in each.items()
        for measure, values in scores.items()
        for reader, value in zip(looks.readers, values, strict=True)
    ]
    lines += [
        (group, TOGETHER, method, measure, face, "", float(value))
        for method, scores in together.items()
        for measure, value in scores.items()
    ]
    return pd.DataFrame(lines, columns=VALUES)
