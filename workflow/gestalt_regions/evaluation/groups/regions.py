"""Groups that look at region coefficients: their values image by image, and the pairs behind the pooled ones."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import cache

import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_pieces, write_table
from gestalt_regions.evaluation.measure_registry import per_image
from gestalt_regions.evaluation.perturb.drop_tables import QUANTITIES, RENDERED, read_drops
from gestalt_regions.evaluation.scored_maps import Maps, Regions, Truth, long_table, recognised
from gestalt_regions.regions.coefficients import image_coefficients
from gestalt_regions.regions.sets import PAPER, region_ids
from gestalt_regions.truth.counterfactuals import DISPLACEMENT, TWIN

log = logging.getLogger("gestalt_regions")
PAIR_KEYS = ["sample_id", "fold", "subject_id", "kin_group", "network"]


def region_changes(change: np.ndarray, regions: np.ndarray, count: int) -> np.ndarray:
    """Mean of a change map [s, s] over the regions 1..count of a region map [s, s]: [count]; NaN without a pixel."""
    ids = regions.ravel().astype(np.intp)
    areas = np.bincount(ids, minlength=count + 1)[1 : count + 1]
    sums = np.bincount(ids, weights=change.ravel().astype(np.float64), minlength=count + 1)[1 : count + 1]
    return np.divide(sums, areas, out=np.full(count, np.nan), where=areas > 0)


def measured(
    functions: Mapping[str, Callable], coefficients: np.ndarray, truth: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Each function under every policy: name -> [policies].

    coefficients [policies, R]; truth: name -> [R]. A function takes the coefficients and, by name, what it needs of the
    truth; those that need more than there is are left out. Regions without a value in the coefficients, or in what the
    function takes, do not count; NaN if fewer than two are left.
    """
    found = {}
    for name, function in functions.items():
        needs = list(inspect.signature(function).parameters)[1:]
        if not set(needs) <= set(truth):
            continue
        own = [truth[key] for key in needs]
        known, values = (
            np.isfinite(np.stack(own)).all(axis=0),
            found.setdefault(name, np.full(len(coefficients), np.nan)),
        )
        for k, row in enumerate(coefficients):
            kept = np.isfinite(row) & known
            if kept.sum() > 1:
                values[k] = function(row[kept], *(part[kept] for part in own))
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

    truth_of(line, regions of a set) -> name -> [R].
    """
    values: dict[tuple[str, str, str], list[float]] = {}
    pairs = [pd.DataFrame(columns=[*PAIR_KEYS, "region_set", "region"])] if rows.empty else []
    for name, regions in sets.items() if len(rows) else ():
        count, columns = len(regions.names), []
        for line in rows.itertuples():
            coefficients, _ = image_coefficients(maps[line], regions[line.sample_id], count, policies)
            truth = truth_of(line, regions)
            for measure, column in measured(functions, coefficients, truth).items():
                for policy, value in zip(policies, column, strict=True):
                    values.setdefault((name, policy, measure), []).append(value)
            columns.append(truth | dict(zip(policies, coefficients, strict=True)))
        table = rows.loc[rows.index.repeat(count), PAIR_KEYS].reset_index(drop=True)
        table = table.assign(region_set=name, region=regions.names * len(rows))
        pairs.append(table.assign(**{key: np.concatenate([one[key] for one in columns]) for key in columns[0]}))
    return long_table(rows, values), pd.concat(pairs, ignore_index=True)


def _displacements(path: str, samples: pd.Series) -> pd.DataFrame:
    """How far the landmarks of each region (columns) lie from the twin's, by sample (rows), in eye distances."""
    pieces = read_pieces(path, DISPLACEMENT, ["sample_id", "variant", "region"])
    table = pd.concat([p[(p["variant"] == TWIN) & p["sample_id"].isin(samples)] for p in pieces])
    return table.pivot_table(index="sample_id", columns="region", values="displacement")


def write_recovery(
    maps: Maps,
    files: Mapping[str, str],
    outputs: Mapping[str, str],
    *,
    predictions: Sequence[str],
    policies: Mapping[str, Mapping],
    regions: Mapping[str, str],
    changed: float,
) -> None:
    """Group recovery. files: changes, truth (its index), displacement, faces, sets (resources/regions.yaml); regions:
    set -> stack; outputs: table, pairs. A region counts as changed if it differs by more than `changed` grey levels on
    average. Displacements are known of the published regions alone.

    Only affected faces that their fold's model recognises have a line: of others the truth is not what was explained.
    """
    sets = {name: Regions(path, files["faces"], region_ids(files["sets"], name)) for name, path in regions.items()}
    rows = recognised(maps.rows, predictions, maps.folds)
    truth = Truth(files["truth"], rows["sample_id"], files["changes"])
    rows = rows[truth.has_twin(rows["sample_id"])].reset_index(drop=True)
    moved = _displacements(files["displacement"], rows["sample_id"])

    @cache
    def truth_of(sample: str, of: Regions) -> dict[str, np.ndarray]:
        amount = region_changes(truth.change(sample), of[sample], len(of.names))
        found = {"amount": amount, "changed": np.where(np.isfinite(amount), amount > changed, np.nan)}
        if of is sets.get(PAPER):
            found["displacement"] = moved.loc[sample].reindex(of.names).to_numpy(float)
        return found

    functions = per_image("recovery")
    table, pairs = score(maps, rows, sets, policies, lambda line, of: truth_of(line.sample_id, of), functions)
    undefined = table[table["measure"] == "auc"].groupby("region_set")["value"].agg(lambda v: int(v.isna().sum()))
    log.info("%d maps of %d recognised faces with a twin", len(rows), rows["sample_id"].nunique())
    log.info("no AUC because all or no region changed, or a map is flat, by region set: %s", undefined.to_dict())
    write_table(table, outputs["table"])
    write_table(pairs, outputs["pairs"])


def write_use(
    maps: Maps, files: Mapping[str, str], outputs: Mapping[str, str], *, policies: Mapping[str, Mapping]
) -> None:
    """Group use. files: drops (of all folds), regions (the published boxes), faces, sets; outputs: table, pairs.

    Every face with a twin has a line, recognised or not, if the map explains its predicted class or its own.
    """
    drops = read_drops([files["drops"]])
    drops = (
        drops[drops["way"] == RENDERED].set_index(["sample_id", "fold", "target", "region"])[QUANTITIES].sort_index()
    )
    known, rows = drops.index.droplevel("region").unique(), maps.rows
    rows = rows[rows.set_index(["sample_id", "fold", "target"]).index.isin(known)].reset_index(drop=True)
    sets = {PAPER: Regions(files["regions"], files["faces"], region_ids(files["sets"], PAPER))}

    def truth_of(line, of: Regions) -> dict[str, np.ndarray]:
        own = drops.loc[line.sample_id, line.fold, line.target].reindex(of.names, fill_value=0.0)
        return {quantity: own[quantity].to_numpy() for quantity in QUANTITIES}

    table, pairs = score(maps, rows, sets, policies, truth_of, per_image("use"))
    log.info("%d maps of %d faces with a twin", len(rows), rows["sample_id"].nunique())
    write_table(table, outputs["table"])
    write_table(pairs, outputs["pairs"])
