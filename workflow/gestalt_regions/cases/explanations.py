"""Why: maps, region coefficients and region values of a new face, by every fold's network."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from gestalt_regions.cases.fold_gallery import explain
from gestalt_regions.core.errors import InputError
from gestalt_regions.regions.coefficients import image_coefficients
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.explanation import Explanation
from gestalt_regions.saliency.given_faces import Faces, GivenFaces
from gestalt_regions.saliency.method_registry import resolve

log = logging.getLogger("gestalt_regions")
MAPS = ["row", "class", "method", "policy", "scale"]
QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
REGIONS = ["class", "method", "policy", "region", "coefficient", "low", "high"]
REGIONS += [f"{group}_{name}" for group in ("class", "control") for name in ("n", "percentile", *QUANTILES)]
VALUES = ["class", "towards", "region", "value", "low", "high", "row", "method"]
SCALE = 0.995  # quantile of the absolute map
LEVEL = 0.95  # of the interval over folds


@dataclass
class Made:
    """What the folds' networks gave so far.

    Attributes
    ----------
    maps : dict
        (class, method) -> signed map of each fold, float32 [s, s].
    coefficients : dict
        (class, method) -> coefficients of each fold [regions].
    values : dict
        (class, method) -> the Explanation of each fold, of the plain comparison and of `against`.
    problems : list of str
        What could not be explained, and why.
    """

    maps: dict[tuple[str, str], list[np.ndarray]] = field(default_factory=dict)
    coefficients: dict[tuple[str, str], list[np.ndarray]] = field(default_factory=dict)
    values: dict[tuple[str, str, str], list[Explanation]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def explain_fold(
    made: Made,
    explainer: Explainer,
    faces: Faces,
    asked: Sequence[str],
    *,
    methods: Mapping[str, Mapping],
    against: str,
    region_map: np.ndarray,
    regions: int,
    policy: Mapping,
    seed: int,
    key: str,
) -> None:
    """Explain the new face, which is the last of `faces`, by one fold's network.

    Parameters
    ----------
    made : Made
        What is added to.
    explainer : Explainer
        The fold's network.
    faces : Faces
        Of the fold, with the new face.
    asked : sequence of str
        Classes.
    methods : mapping
        Name -> settings.
    against : str
        A class that methods with values compare with, too; "" for none.
    region_map : ndarray
        uint8 [s, s].
    regions : int
        How many regions it has.
    policy : mapping
        Sign and scale of the coefficients.
    seed : int
        The study's.
    key : str
        What the noise is drawn by: a name of the photograph's content.
    """
    given = GivenFaces(faces, [len(faces.table) - 1])
    for name, settings in methods.items():
        work, parameters = resolve(name, dict(settings))
        parameters.pop("target")
        seeds = work.seeds(seed, name, faces.fold, [key])
        for target in asked:
            number = list(faces.classes).index(target)
            try:
                stored, result = explain(work, explainer, given, [number], seeds, parameters)
            except InputError as error:
                made.problems.append(f"{name} for {target}: {error}")
                continue
            made.maps.setdefault((target, name), []).append(stored[0, 0])
            coefficients = image_coefficients(stored[0], region_map, regions, {"": policy})[0][0]
            made.coefficients.setdefault((target, name), []).append(coefficients)
            if not isinstance(result, Explanation):
                continue
            made.values.setdefault((target, name, ""), []).append(result)
            other = against if target != against else asked[0]
            if against and other != target and "towards" in parameters and other != faces.control:
                _, result = explain(work, explainer, given, [number], seeds, parameters | {"towards": other})
                assert isinstance(result, Explanation)
                made.values.setdefault((target, name, other), []).append(result)


def map_table(made: Made, policy: str, size: int) -> tuple[pd.DataFrame, np.ndarray]:
    """The mean map of each class and method over folds.

    Parameters
    ----------
    made : Made
        Of all folds.
    policy : str
        Name of the policy of the coefficients beside them.
    size : int
        Side of the maps.

    Returns
    -------
    table : DataFrame
        MAPS; scale is the SCALE quantile of the absolute map.
    maps : ndarray of float32 [rows, size, size]
        Signed.
    """
    maps = np.zeros((len(made.maps), size, size), np.float32)
    lines = []
    for row, ((target, method), of_folds) in enumerate(made.maps.items()):
        maps[row] = np.mean(of_folds, axis=0)
        lines.append((row, target, method, policy, float(np.quantile(np.abs(maps[row]), SCALE))))
    return pd.DataFrame(lines, columns=MAPS), maps


def _beside(values: pd.Series, mine: float) -> dict[str, float]:
    """How many faces there are, where the new one lies among them, and their quantiles."""
    known = values.dropna().to_numpy(float)
    if not len(known) or not np.isfinite(mine):
        return {"n": len(known), "percentile": np.nan} | dict.fromkeys(QUANTILES, np.nan)
    share = 100 * ((known < mine).mean() + (known == mine).mean() / 2)
    return {"n": len(known), "percentile": share} | dict(
        zip(QUANTILES, np.quantile(known, list(QUANTILES.values())).tolist(), strict=True)
    )


def region_table(made: Made, study: pd.DataFrame, policy: str, names: Sequence[str], control: str) -> pd.DataFrame:
    """Region coefficients beside those of the study's faces, explained for the same class.

    Parameters
    ----------
    made : Made
        Of all folds.
    study : DataFrame
        Coefficients of the study's faces (cases/fold_gallery.py).
    policy : str
        Name of the policy.
    names : sequence of str
        The regions.
    control : str
        The control class.

    Returns
    -------
    DataFrame
        REGIONS. Of a face that several folds explain, its mean counts once.
    """
    keys = ["sample_id", "label", "target", "method", "region"]
    of_face = study.groupby(keys)["coefficient"].mean()
    lines = []
    for (target, method), of_folds in made.coefficients.items():
        stack = np.stack(of_folds)
        for number, region in enumerate(names):
            mine = stack[:, number]
            line = dict(
                zip(REGIONS, (target, method, policy, region, mine.mean(), mine.min(), mine.max()), strict=False)
            )
            for group, label in (("class", target), ("control", control)):
                chosen = _chosen(of_face, label, target, method, region)
                line |= {f"{group}_{name}": value for name, value in _beside(chosen, float(mine.mean())).items()}
            lines.append(line)
    return pd.DataFrame(lines, columns=REGIONS)


def _chosen(of_face: pd.Series, label: str, target: str, method: str, region: str) -> pd.Series:
    """Coefficients of the faces of one label for one class."""
    index = of_face.index
    wanted = {"label": label, "target": target, "method": method, "region": region}
    mask = np.ones(len(of_face), bool)
    for name, value in wanted.items():
        mask &= index.get_level_values(name) == value
    return of_face[mask]


def value_table(made: Made, size: int) -> tuple[pd.DataFrame, np.ndarray]:
    """By how much the answer falls without each region's sign, and pictures of the face without it.

    Parameters
    ----------
    made : Made
        Of all folds.
    size : int
        Side of the pictures.

    Returns
    -------
    table : DataFrame
        VALUES: logits, mean over folds; row is that of the picture. The interval is as wide as those of the folds are
        on average: all folds see the same face, so their mean is no surer of it. Where a method gives none, it is a
        t-interval of the mean over folds.
    pictures : ndarray of uint8 [P, size, size, 3]
        By the fold whose value is in the middle.
    """
    lines: list[tuple] = []
    pictures: list[np.ndarray] = []
    for (target, method, _), of_folds in made.values.items():
        stack = np.stack([each.values[0] for each in of_folds])
        stored = np.mean([(each.high[0] - each.low[0]) / 2 for each in of_folds], axis=0)
        mean, half = stack.mean(0), np.where(np.isfinite(stored), stored, _half_width(stack))
        shown = of_folds[0].pictures.shape[1]
        for number, region in enumerate(of_folds[0].names):
            row: object = ""
            if number < shown:
                middle = np.argsort(stack[:, number], kind="stable")[len(stack) // 2]
                row = len(pictures)
                pictures.append(of_folds[middle].pictures[0, number])
            low, high = mean[number] - half[number], mean[number] + half[number]
            lines.append((target, of_folds[0].towards[0], region, mean[number], low, high, row, method))
    whole = np.stack(pictures) if pictures else np.empty((0, size, size, 3), np.uint8)
    return pd.DataFrame(lines, columns=VALUES), whole


def _half_width(stack: np.ndarray) -> np.ndarray:
    """Half of a t-interval of the mean over folds [folds, n]."""
    n = len(stack)
    if n < 2:
        return np.full(stack.shape[1], np.nan)
    return stats.t.ppf((1 + LEVEL) / 2, n - 1) * stack.std(0, ddof=1) / np.sqrt(n)
