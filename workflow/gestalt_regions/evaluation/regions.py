"""Groups that look at region coefficients: their values image by image, and the pairs behind the pooled ones."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from gestalt_regions.coefficients import image_coefficients
from gestalt_regions.evaluation.frame import Maps, Regions, Truth, long_table, recognised
from gestalt_regions.evaluation.registry import per_image
from gestalt_regions.io import write_table
from gestalt_regions.region_sets import region_ids

log = logging.getLogger("gestalt_regions")
PAIR_KEYS = ["sample_id", "fold", "subject_id", "kin_group", "network"]


def region_changes(change: np.ndarray, regions: np.ndarray, count: int) -> np.ndarray:
    """Mean of a change map [s, s] over the regions 1..count of a region map [s, s]: [count]; NaN without a pixel."""
    ids = regions.ravel().astype(np.intp)
    areas = np.bincount(ids, minlength=count + 1)[1 : count + 1]
    sums = np.bincount(ids, weights=change.ravel().astype(np.float64), minlength=count + 1)[1 : count + 1]
    return np.divide(sums, areas, out=np.full(count, np.nan), where=areas > 0)


def measured(
    functions: Mapping[str, Callable], coefficients: np.ndarray, truth: Sequence[np.ndarray]
) -> dict[str, np.ndarray]:
    """Each function of (coefficients, *truth) under every policy: name -> [policies].

    coefficients [policies, R], truth: arrays [R]. Regions without a value in the coefficients or in the first array of
    the truth are left out; NaN if fewer than two are left.
    """
    found = {name: np.full(len(coefficients), np.nan) for name in functions}
    for k, row in enumerate(coefficients):
        kept = np.isfinite(row) & np.isfinite(truth[0])
        if kept.sum() > 1:
            for name, function in functions.items():
                found[name][k] = function(row[kept], *(part[kept] for part in truth))
    return found


def score(
    maps: Maps,
    rows: pd.DataFrame,
    sets: Mapping[str, Regions],
    policies: Mapping[str, Mapping],
    truth_of: Callable[[object, Regions], dict[str, np.ndarray]],
    functions: Mapping[str, Callable],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The long table of `functions`, and the pairs: PAIR_KEYS, region_set, region, the truth and each policy.

    truth_of(line, regions of a set) -> name -> [R], in the order that the functions take them.
    """
    values: dict[tuple[str, str, str], list[float]] = {}
    pairs: list[pd.DataFrame] = []
    for line in rows.itertuples():
        stored = maps[line]
        about = {key: getattr(line, key) for key in PAIR_KEYS}
        for name, regions in sets.items():
            count = len(regions.names)
            coefficients, _ = image_coefficients(stored, regions[line.sample_id], count, policies)
            truth = truth_of(line, regions)
            for measure, column in measured(functions, coefficients, list(truth.values())).items():
                for policy, value in zip(policies, column, strict=True):
                    values.setdefault((name, policy, measure), []).append(value)
            own = dict(zip(policies, coefficients, strict=True))
            pairs.append(pd.DataFrame({**about, "region_set": name, "region": regions.names, **truth, **own}))
    columns = [*PAIR_KEYS, "region_set", "region"]
    return long_table(rows, values), pd.concat(pairs, ignore_index=True) if pairs else pd.DataFrame(columns=columns)


def write_recovery(
    maps: Maps, files: Mapping[str, str], outputs: Mapping[str, str], *, predictions: Sequence[str],
    policies: Mapping[str, Mapping], regions: Mapping[str, str], changed: float,
) -> None:  # fmt: skip
    """Group recovery. files: changes, truth (its index), faces, sets (resources/regions.yaml); regions: set -> stack;
    outputs: table, pairs. A region counts as changed if it differs by more than `changed` grey levels on average.

    Only affected faces that their fold's model recognises have a line: of others the truth is not what was explained.
    """
    truth = Truth(files["truth"], files["changes"])
    sets = {name: Regions(path, files["faces"], region_ids(files["sets"], name)) for name, path in regions.items()}
    rows = recognised(maps.rows, predictions, maps.folds)
    rows = rows[truth.has_twin(rows["sample_id"])].reset_index(drop=True)

    def truth_of(line, of: Regions) -> dict[str, np.ndarray]:
        amount = region_changes(truth.change(line.sample_id), of[line.sample_id], len(of.names))
        return {"amount": amount, "changed": amount > changed}

    table, pairs = score(maps, rows, sets, policies, truth_of, per_image("recovery"))
    undefined = table[table["measure"] == "auc"].groupby("region_set")["value"].agg(lambda v: int(v.isna().sum()))
    log.info("%d maps of %d recognised faces with a twin", len(rows), rows["sample_id"].nunique())
    log.info("no AUC because all or no region changed, or a map is flat, by region set: %s", undefined.to_dict())
    write_table(table, outputs["table"])
    write_table(pairs.astype({"changed": float}) if len(pairs) else pairs, outputs["pairs"])
