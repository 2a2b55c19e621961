"""Planted shortcuts: does a map put the blame where the cue is? Scores of one cohort, and detection over cohorts."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.core.seeds import generator
from gestalt_regions.evaluation.measures.pixel_measures import pixel_auc
from gestalt_regions.evaluation.scored_maps import TRAINED, Maps, Regions, Truth, recognised
from gestalt_regions.evaluation.summary.scores import against_controls
from gestalt_regions.regions.coefficients import SIGNS
from gestalt_regions.regions.sets import region_ids
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval, rank_biserial, rank_biserial_draws
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
    """Share of all relevance that lies in the blamed regions, and the share of the other regions whose mean relevance
    is lower than theirs (ties count one half).

    relevance [s, s], never negative; regions [s, s], ids 1..count. NaN for an empty map, or one without such a pixel.
    """
    ids = regions.ravel().astype(np.intp)
    inside = np.isin(ids, blamed)
    flat = relevance.ravel().astype(np.float64)
    if flat.sum() <= 0 or not inside.any():
        return float("nan"), float("nan")
    others = [k for k in range(1, count + 1) if k not in blamed and (ids == k).any()]
    means = np.array([flat[ids == k].mean() for k in others])
    own = flat[inside].mean()
    rank = float(((means < own) + 0.5 * (means == own)).mean()) if len(means) else float("nan")
    return float(flat[inside].sum() / flat.sum()), rank


def write_blame(
    maps: Maps, files: Mapping[str, str], output: str, *, predictions: Sequence[str], shortcut: Mapping, changed: float
) -> None:
    """FACES of one method: explained photos of the class with the shortcut, by trained networks.

    files: sets and faces (kinds with blamed regions: also regions), or changes and truth. value is empty for faces that
    their fold's model does not recognise: their maps explain something else.
    """
    kind, label = shortcut["kind"], shortcut["class"]
    if kind not in BLAMED:
        raise InputError(
            f"config cohort.shortcut.kind is {kind}: a cohort with a shortcut is needed; {nearest(kind, BLAMED)}"
        )
    rows = maps.rows
    rows = rows[(rows["network"] == TRAINED) & (rows["label"] == label)]
    told = set(recognised(rows, predictions, maps.folds).index)
    carries = load_samples(maps.samples, ("shortcut",)).set_index("sample_id")["shortcut"].astype(int)
    names = region_ids(files["sets"], REGION_SET) if BLAMED[kind] else {}
    regions = Regions(files["regions"], files["faces"], names) if names else None
    truth = None if names else Truth(files["truth"], rows["sample_id"], files["changes"])
    found = []
    for line in rows.itertuples():
        known, values = line.Index in told, {"away": np.nan} if truth else {"share": np.nan, "rank": np.nan}
        relevance = SIGNS["absolute"](maps[line])
        if known and regions:
            blamed = [names[name] for name in BLAMED[kind]]
            values = dict(zip(values, blame(relevance, regions[line.sample_id], blamed, len(names)), strict=True))
        elif known and truth.has_twin([line.sample_id])[0]:
            mask = truth.change(line.sample_id).ravel() > changed
            values["away"] = 1 - pixel_auc(relevance.ravel(), mask)
        about = {key: getattr(line, key) for key in ("sample_id", "fold", "set", "subject_id", "kin_group")}
        about |= {"method": maps.method, "kind": kind, "class": label, "strength": shortcut["strength"]}
        about |= {"carries": int(carries[line.sample_id]), "recognised": int(known)}
        found += [{**about, "measure": name, "value": value} for name, value in values.items()]
    log.info("%d of %d maps of %s recognised", len(told), len(rows), label)
    write_table(pd.DataFrame(found, columns=FACES), output)


def detection(cue: pd.DataFrame, base: pd.DataFrame, *, bootstrap: Mapping, seed: int) -> tuple[float, float, float]:
    """Probability that a face with the cue scores above one of the cohort without shortcut, with its interval.

    Kin groups are the same people in both cohorts and are drawn together. NaN where either has no face.
    """
    if not len(cue) or not len(base):
        return (float("nan"),) * 3
    kin = pd.Index(sorted({*cue[bootstrap["group"]], *base[bootstrap["group"]]}))
    rng = generator(seed, "evaluation", "shortcut")
    weights = Weights(kin, bootstrap["n_resamples"], rng)
    values = [part["value"].to_numpy() for part in (cue, base)]
    drawn = rank_biserial_draws(*values, *(weights.of_groups(part[bootstrap["group"]]) for part in (cue, base)))
    return (rank_biserial(*values) + 1) / 2, *interval((drawn + 1) / 2, bootstrap["level"])


def _recall(part: pd.DataFrame) -> float:
    return float(part["recognised"].mean()) if len(part) else float("nan")


def curve(faces: pd.DataFrame, controls: Sequence[str], *, bootstrap: Mapping, seed: int) -> pd.DataFrame:
    """CURVE: how well each method tells networks with a shortcut from the one without, from its scores on faces.

    faces: FACES of several cohorts. Of each kind and class the cohort of strength 0 is what the others are compared
    with; kinds without one are left out, and said so.
    """
    rows = []
    for (kind, label), own in faces.groupby(["kind", "class"], sort=False):
        if not (own["strength"] == 0).any() or own["strength"].nunique() < 2:
            log.warning("%s, class %s: a cohort of strength 0 and one of another strength are needed", kind, label)
            continue
        for (measure, method), part in own.groupby(["measure", "method"], sort=False):
            base = part[(part["strength"] == 0) & (part["carries"] == 0) & part["value"].notna()]
            for strength, here in part[part["strength"] > 0].groupby("strength", sort=True):
                carriers = here[here["carries"] == 1]
                cue = carriers[carriers["value"].notna()]
                auc, low, high = detection(cue, base, bootstrap=bootstrap, seed=seed)
                rows.append(
                    {
                        "group": kind,
                        "region_set": label,
                        "policy": "",
                        "measure": measure,
                        "fold": strength,
                        "method": method,
                        "network": TRAINED,
                        "control": method in controls,
                        "images": cue["sample_id"].nunique(),
                        "subjects": cue["subject_id"].nunique(),
                        "baseline_images": base["sample_id"].nunique(),
                        "value": auc,
                        "low": low,
                        "high": high,
                        "recall_carriers": _recall(carriers),
                        "recall_others": _recall(here[here["carries"] == 0]),
                    }
                )
    if not rows:
        return pd.DataFrame(columns=CURVE)
    judged = against_controls(pd.DataFrame(rows), {name: {"direction": 1, "chance": 0.5} for name in MEASURES})
    names = {"group": "kind", "region_set": "class", "fold": "strength", "value": "auc"}
    judged = judged.rename(columns={**names, "best_control_value": "best_control_auc"})
    return judged.assign(level=bootstrap["level"], simulated=True).reindex(columns=CURVE)


def run(tables: Sequence[str], csv: str, *, controls: Sequence[str], bootstrap: Mapping, seed: int) -> None:
    """Write the curve of several cohorts' tables."""
    faces = pd.concat([read_table(path, FACES, TEXT) for path in tables], ignore_index=True)
    write_table(curve(faces, controls, bootstrap=bootstrap, seed=seed), csv)
