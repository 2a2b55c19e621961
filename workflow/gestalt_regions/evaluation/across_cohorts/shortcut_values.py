"""Planted shortcuts in values of regions: what methods in logits say is in no region, with the cue and without it.

A map can only put the blame somewhere in the picture. Values in logits also say how much of the answer they leave
unexplained. Where a network uses a cue outside the regions, that part must be large.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.core.seeds import generator
from gestalt_regions.evaluation.across_cohorts.shortcuts import FACES, TEXT, detection
from gestalt_regions.saliency.explanation import read_fold_values
from gestalt_regions.saliency.methods.morph import LEFT, OUTSIDE
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval

WHOLE = "whole"  # the target's logit above its mean in the comparison
QUANTITIES = {  # name -> what it says of one name among a method's values
    "logits": "mean value, logits",
    "share": "the values of all faces as a share of the target's logit above its mean in the comparison",
}
TABLE = [
    "method",
    "kind",
    "class",
    "strength",
    "what",
    "quantity",
    "images",
    "subjects",
    "groups",
    "value",
    "low",
    "high",
    "auc",
    "auc_low",
    "auc_high",
    "pairs",
    "difference",
    "difference_low",
    "difference_high",
    "level",
    "simulated",
]


def values_and_whole(paths: Sequence[str], folds: Sequence[str]) -> pd.DataFrame:
    """The values of every face, and the whole that they are of.

    Parameters
    ----------
    paths : sequence of str
        {method}_values.csv of each fold.
    folds : sequence of str
        The folds, in the same order.

    Returns
    -------
    DataFrame
        A line for each face (index sample_id, fold, target), a column for each name, and WHOLE: the sum of the regions
        and of what no region explains.
    """
    wide = read_fold_values(paths, folds).pivot_table(
        index=["sample_id", "fold", "target"], columns="region", values="value", sort=False
    )
    beside = [name for name in (OUTSIDE, LEFT) if name in wide]
    return wide.assign(**{WHOLE: wide.drop(columns=beside).sum(axis=1)})


def _weighted_share(part: np.ndarray, whole: np.ndarray, weights: np.ndarray) -> np.ndarray:
    total = weights @ whole
    return np.divide(weights @ part, total, out=np.full(len(total), np.nan), where=total > 0)


def _means(faces: pd.DataFrame, name: str, *, bootstrap: Mapping, seed: int) -> Iterator[dict[str, object]]:
    """The mean of one name, and its share of the whole, with intervals."""
    weights = Weights(faces[bootstrap["group"]], bootstrap["n_resamples"], generator(seed, "evaluation", "shortcut"))
    counts = {column: faces[key].nunique() for column, key in (("images", "sample_id"), ("subjects", "subject_id"))}
    x, whole = faces[name].to_numpy(float), faces[WHOLE].to_numpy(float)
    once = np.ones((1, len(faces)))
    for quantity, under in (("logits", np.ones(len(faces))), ("share", whole)):
        drawn = weights.each(lambda block, under=under: _weighted_share(x, under, block))  # type: ignore[misc]
        low, high = interval(drawn, bootstrap["level"], weights.groups)
        line = {"quantity": quantity, **counts, "groups": weights.groups}
        yield {**line, "value": _weighted_share(x, under, once)[0], "low": low, "high": high}


def _against(
    cued: pd.DataFrame, plain: pd.DataFrame, name: str, quantity: str, *, bootstrap: Mapping, seed: int
) -> dict[str, object]:
    """How one name tells faces with the cue from the class without it, and the difference in the same photograph."""
    sides = [side.assign(value=side[name] / (side[WHOLE] if quantity == "share" else 1)) for side in (cued, plain)]
    auc = detection(*sides, bootstrap=bootstrap, seed=seed)
    both = sides[0].merge(sides[1][["sample_id", "value"]], on="sample_id", suffixes=("", "_plain"))
    apart = (both["value"] - both["value_plain"]).to_numpy()
    told: dict[str, object] = {"auc": auc[0], "auc_low": auc[1], "auc_high": auc[2], "pairs": len(both)}
    if quantity == "share" or not len(both):
        return told
    weights = Weights(both[bootstrap["group"]], bootstrap["n_resamples"], generator(seed, "evaluation", "shortcut"))
    low, high = interval(weights.mean(apart), bootstrap["level"], weights.groups)
    return told | {"difference": apart.mean(), "difference_low": low, "difference_high": high}


def shortcut_values(faces: pd.DataFrame, *, bootstrap: Mapping, seed: int) -> pd.DataFrame:
    """What values say of the carriers of a cue, and how well they tell them from the same class without it.

    Parameters
    ----------
    faces : DataFrame
        Recognised faces of one method in all cohorts: sample_id, subject_id, kin_group, kind, class, strength, WHOLE
        and a column for each name.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level, group (the column that is resampled).
    seed : int
        Seed of the study.

    Returns
    -------
    DataFrame
        TABLE without method, level and simulated. auc: the probability that a carrier has a higher value (or share)
        than a face of the cohort of strength 0; difference: mean of value less the value of the same photograph in that
        cohort, logits. Both are empty for that cohort itself.
    """
    keys = ["sample_id", "subject_id", "kin_group", "kind", "class", "strength", "fold", "target", WHOLE]
    names, rows = [name for name in faces if name not in keys], []
    for (kind, label), of_kind in faces.groupby(["kind", "class"], sort=False):
        plain = of_kind[of_kind["strength"] == 0]
        for strength, part in of_kind.groupby("strength"):
            for name in [WHOLE, *names]:
                for line in _means(part.dropna(subset=name), name, bootstrap=bootstrap, seed=seed):
                    quantity, told = str(line["quantity"]), dict[str, object]()
                    if strength > 0 and len(plain):
                        told = _against(part, plain, name, quantity, bootstrap=bootstrap, seed=seed)
                    rows.append({"kind": kind, "class": label, "strength": strength, "what": name, **line, **told})
    return pd.DataFrame(rows)


def write_shortcut_values(
    tables: Sequence[str],
    values: Sequence[str],
    output: str,
    *,
    folds: Sequence[str],
    bootstrap: Mapping,
    seed: int,
) -> None:
    """Write what values of regions say of planted cues.

    Parameters
    ----------
    tables : sequence of str
        A table FACES of each cohort: which faces carry the cue, and which are recognised.
    values : sequence of str
        {method}_values.csv, cohort by cohort, method by method, fold by fold.
    output : str
        Path of the table TABLE.
    folds : sequence of str
        The folds.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level, group (the column that is resampled).
    seed : int
        Seed of the study.
    """
    each, of_method = len(values) // len(tables), dict[str, list[pd.DataFrame]]()
    for number, path in enumerate(tables):
        faces = read_table(path, FACES, TEXT).drop_duplicates(["sample_id", "fold"])
        faces = faces[(faces["recognised"] == 1) & (faces["set"] == "folds")]
        faces = faces[(faces["strength"] == 0) | (faces["carries"] == 1)]
        faces = faces[["sample_id", "fold", "subject_id", "kin_group", "kind", "class", "strength"]]
        for start in range(number * each, (number + 1) * each, len(folds)):
            paths = values[start : start + len(folds)]
            name = Path(paths[0]).stem.removesuffix("_values")
            known = values_and_whole(paths, folds).reset_index()
            joined = faces.merge(
                known, left_on=["sample_id", "fold", "class"], right_on=["sample_id", "fold", "target"]
            )
            of_method.setdefault(name, []).append(joined)
    parts = [
        shortcut_values(pd.concat(parts, ignore_index=True), bootstrap=bootstrap, seed=seed).assign(method=name)
        for name, parts in of_method.items()
    ]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    write_table(table.assign(level=bootstrap["level"], simulated=True).reindex(columns=TABLE), output)
