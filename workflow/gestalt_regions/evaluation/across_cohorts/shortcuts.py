"""Planted shortcuts: does a map put the blame where the cue is? Scores of one cohort, and detection over cohorts."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.core.seeds import generator
from gestalt_regions.evaluation.measures.pixel_measures import pixel_auc
from gestalt_regions.evaluation.scored_maps import TRAINED, Counterfactuals, Maps, Regions, recognised
from gestalt_regions.evaluation.summary.against_controls import against_controls
from gestalt_regions.regions.coefficients import SIGNS
from gestalt_regions.regions.sets import region_ids
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval, rank_biserial_draws
from gestalt_regions.statistics.toolkit.read import load_samples

log = logging.getLogger("gestalt_regions")
REGION_SET = "fine"
# Regions of REGION_SET that a kind of cue is in. Quality is everywhere: no region can be blamed, and the question is
# whether the map leaves what the syndrome changed.
BLAMED: dict[str, tuple[str, ...]] = {"background": ("background",), "smile": ("upper_lip", "mouth"), "quality": ()}
MEASURES = {
    "share": "share of the map on the cue",
    "rank": "rank of the cue's region",
    "away": "map away from the syndrome's signs",
}
FACES = [
    "sample_id",
    "fold",
    "set",
    "subject_id",
    "kin_group",
    "method",
    "kind",
    "class",
    "strength",
    "carries",
    "recognised",
    "measure",
    "value",
]
TEXT = ["sample_id", "fold", "set", "subject_id", "kin_group", "method", "kind", "class", "measure"]
CURVE = [
    "kind",
    "class",
    "measure",
    "strength",
    "method",
    "control",
    "images",
    "subjects",
    "baseline_images",
    "recall_carriers",
    "recall_others",
    "auc",
    "low",
    "high",
    "level",
    "best_control",
    "best_control_auc",
    "overlaps_control",
    "beats_control",
    "simulated",
]


def blame(relevance: np.ndarray, regions: np.ndarray, blamed: Sequence[int], count: int) -> tuple[float, float]:
    """How much of a map lies in the regions that the cue is in.

    Parameters
    ----------
    relevance : ndarray
        [s, s], never negative.
    regions : ndarray
        Region map [s, s], ids 1..count.
    blamed : sequence of int
        Ids of the regions that the cue is in.
    count : int
        How many regions the set has.

    Returns
    -------
    tuple of float
        Share of all relevance in the blamed regions, and the share of the other regions whose mean relevance is lower
        than theirs (ties count one half). NaN for an empty map, or one without such a pixel.
    """
    ids = regions.ravel().astype(np.intp)
    inside = np.isin(ids, blamed)
    flat = relevance.ravel().astype(np.float64)
    if flat.sum() <= 0 or not inside.any():
        return float("nan"), float("nan")
    others = [k for k in range(1, count + 1) if k not in blamed and (ids == k).any()]
    means = np.array([flat[ids == k].mean() for k in others])
    mean_inside = flat[inside].mean()
    rank = float(((means < mean_inside) + 0.5 * (means == mean_inside)).mean()) if len(means) else float("nan")
    return float(flat[inside].sum() / flat.sum()), rank


class _OnRegions:
    """Scores share and rank of a map: the cue is in some regions."""

    measures = ("share", "rank")

    def __init__(self, files: Mapping[str, str], blamed: Sequence[str]) -> None:
        ids = region_ids(files["sets"], REGION_SET)
        self._regions = Regions(files["regions"], files["faces"], ids)
        self._blamed, self._count = [ids[name] for name in blamed], len(ids)

    def __call__(self, relevance: np.ndarray, sample: str) -> tuple[float, ...]:
        return blame(relevance, self._regions[sample], self._blamed, self._count)


class _AwayFromSigns:
    """Score away of a map: the cue is everywhere, the syndrome's signs are not."""

    measures = ("away",)

    def __init__(self, files: Mapping[str, str], samples: pd.Series, changed: float) -> None:
        self._truth, self._changed = Counterfactuals(files["truth"], samples, files["changes"]), changed

    def __call__(self, relevance: np.ndarray, sample: str) -> tuple[float, ...]:
        if not self._truth.has_twin([sample])[0]:
            return (np.nan,)
        return (1 - pixel_auc(relevance.ravel(), self._truth.change(sample).ravel() > self._changed),)


def write_blame(
    maps: Maps, files: Mapping[str, str], output: str, *, predictions: Sequence[str], shortcut: Mapping, changed: float
) -> None:
    """Write where one method puts the blame: explained photos of the class with the shortcut, by trained networks.

    value is empty for faces that their fold's model does not recognise: their maps explain something else.

    Parameters
    ----------
    maps : Maps
        The stored maps of the method.
    files : mapping of str to path
        sets (resources/regions.yaml); regions and faces (kinds with blamed regions), or changes and truth.
    output : str
        Path of the table FACES.
    predictions : sequence of str
        Path of predictions.csv of each fold.
    shortcut : mapping
        config cohort.shortcut: kind, class, strength.
    changed : float
        A pixel counts as changed if it differs by more grey levels than this.

    Raises
    ------
    InputError
        If the cohort has no shortcut.
    """
    kind, label = shortcut["kind"], shortcut["class"]
    if kind not in BLAMED:
        raise InputError(
            f"config cohort.shortcut.kind is {kind}: a cohort with a shortcut is needed; {nearest(kind, BLAMED)}"
        )
    rows = maps.rows
    rows = rows[(rows["network"] == TRAINED) & (rows["label"] == label)]
    known = set(recognised(rows, predictions, maps.folds).index)
    carries = load_samples(maps.samples, ("shortcut",)).set_index("sample_id")["shortcut"].astype(int)
    blamed = BLAMED[kind]
    score = _OnRegions(files, blamed) if blamed else _AwayFromSigns(files, rows["sample_id"], changed)
    cohort = {"method": maps.method, "kind": kind, "class": label, "strength": shortcut["strength"]}
    lines: list[dict[str, object]] = []
    for line in rows.itertuples():
        is_known = line.Index in known
        values = score(SIGNS["absolute"](maps[line]), line.sample_id) if is_known else (np.nan,) * len(score.measures)
        face = {key: getattr(line, key) for key in ("sample_id", "fold", "set", "subject_id", "kin_group")}
        face |= {**cohort, "carries": int(carries[line.sample_id]), "recognised": int(is_known)}
        lines += [{**face, "measure": name, "value": v} for name, v in zip(score.measures, values, strict=True)]
    log.info("%d of %d maps of %s recognised", len(known), len(rows), label)
    write_table(pd.DataFrame(lines, columns=FACES), output)


def detection(cue: pd.DataFrame, base: pd.DataFrame, *, bootstrap: Mapping, seed: int) -> tuple[float, float, float]:
    """Probability that a face with the cue scores above one of the cohort without shortcut, with its interval.

    Kin groups are the same people in both cohorts and are drawn together.

    Parameters
    ----------
    cue, base : DataFrame
        value, and the column of kin groups, of faces with the cue and of faces of the other cohort.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level, group (the column that is resampled).
    seed : int
        Seed of the study.

    Returns
    -------
    tuple of float
        Probability, low, high; NaN where either has no face.
    """
    import pingouin  # takes a second to import; the jobs that score maps do without

    if not len(cue) or not len(base):
        return float("nan"), float("nan"), float("nan")
    kin = sorted({*cue[bootstrap["group"]], *base[bootstrap["group"]]})
    weights = Weights(kin, bootstrap["n_resamples"], generator(seed, "evaluation", "shortcut"))
    values = [part["value"].to_numpy() for part in (cue, base)]
    of_side = [weights.of_groups(part[bootstrap["group"]]) for part in (cue, base)]
    drawn = rank_biserial_draws(*values, *of_side)
    groups = min(side.groups for side in of_side)
    probability = float(pingouin.compute_effsize(*values, eftype="cles"))  # common language effect size
    return probability, *interval((drawn + 1) / 2, bootstrap["level"], groups)


def _recall(part: pd.DataFrame) -> float:
    return float(part["recognised"].mean()) if len(part) else float("nan")


def _strengths(part: pd.DataFrame, *, bootstrap: Mapping, seed: int) -> Iterator[dict[str, object]]:
    """The detection of each strength above 0, from the FACES of one method and measure."""
    base = part[(part["strength"] == 0) & (part["carries"] == 0) & part["value"].notna()]
    for strength, cohort in part[part["strength"] > 0].groupby("strength", sort=True):
        carriers = cohort[cohort["carries"] == 1]
        cue = carriers[carriers["value"].notna()]
        auc, low, high = detection(cue, base, bootstrap=bootstrap, seed=seed)
        yield {
            "strength": strength,
            "images": cue["sample_id"].nunique(),
            "subjects": cue["subject_id"].nunique(),
            "baseline_images": base["sample_id"].nunique(),
            "value": auc,
            "low": low,
            "high": high,
            "recall_carriers": _recall(carriers),
            "recall_others": _recall(cohort[cohort["carries"] == 0]),
        }


def detection_curve(faces: pd.DataFrame, controls: Sequence[str], *, bootstrap: Mapping, seed: int) -> pd.DataFrame:
    """How well each method tells networks with a shortcut from the one without, from its scores on faces.

    Of each kind and class the cohort of strength 0 is what the others are compared with; kinds without one are left
    out, and said so.

    Parameters
    ----------
    faces : DataFrame
        FACES of several cohorts.
    controls : sequence of str
        Which methods are controls.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level, group (the column that is resampled).
    seed : int
        Seed of the study.

    Returns
    -------
    DataFrame
        CURVE; auc is the probability that a face with the cue scores above one without.
    """
    rows: list[dict[str, object]] = []
    for (kind, label), of_class in faces.groupby(["kind", "class"], sort=False):
        if not (of_class["strength"] == 0).any() or of_class["strength"].nunique() < 2:
            log.warning("%s, class %s: a cohort of strength 0 and one of another strength are needed", kind, label)
            continue
        for (measure, method), part in of_class.groupby(["measure", "method"], sort=False):
            names = {"kind": kind, "class": label, "measure": measure, "method": method, "network": TRAINED}
            rows += [
                {**names, "control": method in controls, **line}
                for line in _strengths(part, bootstrap=bootstrap, seed=seed)
            ]
    if not rows:
        return pd.DataFrame(columns=CURVE)
    chance = {name: {"direction": 1, "chance": 0.5} for name in MEASURES}
    judged = against_controls(pd.DataFrame(rows), chance, ("kind", "class", "measure", "strength"))
    judged = judged.rename(columns={"value": "auc", "best_control_value": "best_control_auc"})
    return judged.assign(level=bootstrap["level"], simulated=True).reindex(columns=CURVE)


def write_detection(
    tables: Sequence[str], output: str, *, controls: Sequence[str], bootstrap: Mapping, seed: int
) -> None:
    """Write the detection curve of several cohorts.

    Parameters
    ----------
    tables : sequence of str
        Paths of FACES of each cohort and method.
    output : str
        Path of the table CURVE.
    controls : sequence of str
        Which methods are controls.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level, group (the column that is resampled).
    seed : int
        Seed of the study.
    """
    faces = pd.concat([read_table(path, FACES, TEXT) for path in tables], ignore_index=True)
    write_table(detection_curve(faces, controls, bootstrap=bootstrap, seed=seed), output)
