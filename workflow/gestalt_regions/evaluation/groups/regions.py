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
from gestalt_regions.evaluation.scored_maps import Counterfactuals, MapRow, Maps, Regions, long_table, recognised
from gestalt_regions.regions.coefficients import image_coefficients
from gestalt_regions.regions.sets import PAPER
from gestalt_regions.truth.counterfactuals import DISPLACEMENT, TWIN

log = logging.getLogger("gestalt_regions")
PAIR_KEYS = ["sample_id", "fold", "subject_id", "kin_group", "network"]

RegionTruth = Callable[[MapRow, Regions], dict[str, np.ndarray]]  # of a map and a region set: name -> [R]


def region_changes(change: np.ndarray, regions: np.ndarray, count: int) -> np.ndarray:
    """Mean of a change map over each region.

    Parameters
    ----------
    change : ndarray
        [s, s], grey levels.
    regions : ndarray
        Region map [s, s], ids 1..count.
    count : int
        How many regions the set has.

    Returns
    -------
    ndarray
        float64 [count]; NaN for a region without a pixel.
    """
    ids = regions.ravel().astype(np.intp)
    areas = np.bincount(ids, minlength=count + 1)[1 : count + 1]
    sums = np.bincount(ids, weights=change.ravel().astype(np.float64), minlength=count + 1)[1 : count + 1]
    return np.divide(sums, areas, out=np.full(count, np.nan), where=areas > 0)


def measured(
    functions: Mapping[str, Callable], coefficients: np.ndarray, truth: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """The value of each measure under every policy, for one image.

    A function takes the coefficients and, by name, what it needs of the truth; those that need more than there is are
    left out. Regions without a value in the coefficients, or in what the function takes, do not count.

    Parameters
    ----------
    functions : mapping of str to callable
        The measures.
    coefficients : ndarray
        [policies, R].
    truth : mapping of str to ndarray
        What is known of the regions: name -> [R].

    Returns
    -------
    dict
        Measure -> [policies]; NaN where fewer than two regions are left.
    """
    measures: dict[str, np.ndarray] = {}
    for name, function in functions.items():
        needed = list(inspect.signature(function).parameters)[1:]
        if not set(needed) <= set(truth):
            continue
        known_truth = [truth[key] for key in needed]
        known = np.isfinite(np.stack(known_truth)).all(axis=0)
        values = measures.setdefault(name, np.full(len(coefficients), np.nan))
        for k, row in enumerate(coefficients):
            kept = np.isfinite(row) & known
            if kept.sum() > 1:
                values[k] = function(row[kept], *(part[kept] for part in known_truth))
    return measures


def _score(
    maps: Maps,
    rows: pd.DataFrame,
    sets: Mapping[str, Regions],
    *,
    policies: Mapping[str, Mapping],
    truth_of: RegionTruth,
    group: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The long table of a group's measures, and the pairs: PAIR_KEYS, region_set, region, the truth, each policy."""
    functions = per_image(group)
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
    sets: Mapping[str, Regions],
    predictions: Sequence[str],
    policies: Mapping[str, Mapping],
    changed: float,
) -> None:
    """Write group recovery of one method: are the regions that changed told from the others?

    Only affected faces that their fold's model recognises have a line: of others the truth is not what was explained.
    Displacements are known of the published regions alone.

    Parameters
    ----------
    maps : Maps
        The stored maps of the method.
    files : mapping of str to path
        changes (stack of change maps), truth (its index) and displacement.
    outputs : mapping of str to path
        table: LONG; pairs: PAIR_KEYS, region_set, region, what is known of it, and its coefficient by each policy.
    sets : mapping of str to Regions
        The region sets.
    predictions : sequence of str
        Path of predictions.csv of each fold.
    policies : mapping
        Policies of coefficients (config saliency).
    changed : float
        A region counts as changed if it differs by more grey levels than this on average.
    """
    rows = recognised(maps.rows, predictions, maps.folds)
    twins = Counterfactuals(files["truth"], rows["sample_id"], files["changes"])
    rows = rows[twins.has_twin(rows["sample_id"])].reset_index(drop=True)
    moved = _displacements(files["displacement"], rows["sample_id"])

    @cache
    def _of_sample(sample: str, regions: Regions) -> dict[str, np.ndarray]:
        amount = region_changes(twins.change(sample), regions[sample], len(regions.names))
        truth = {"amount": amount, "changed": np.where(np.isfinite(amount), amount > changed, np.nan)}
        if regions is sets.get(PAPER):
            truth["displacement"] = moved.loc[sample].reindex(regions.names).to_numpy(float)
        return truth

    def _truth_of(line: MapRow, regions: Regions) -> dict[str, np.ndarray]:
        return _of_sample(line.sample_id, regions)

    table, pairs = _score(maps, rows, sets, policies=policies, truth_of=_truth_of, group="recovery")
    undefined = table[table["measure"] == "auc"].groupby("region_set")["value"].agg(lambda v: int(v.isna().sum()))
    log.info("%d maps of %d recognised faces with a twin", len(rows), rows["sample_id"].nunique())
    log.info("no AUC because all or no region changed, or a map is flat, by region set: %s", undefined.to_dict())
    write_table(table, outputs["table"])
    write_table(pairs, outputs["pairs"])


def write_use(
    maps: Maps, drops: str, outputs: Mapping[str, str], *, boxes: Regions, policies: Mapping[str, Mapping]
) -> None:
    """Write group use of one method: do the coefficients follow what the network uses?

    Every face with a twin has a line, recognised or not, if the map explains its predicted class or its own.

    Parameters
    ----------
    maps : Maps
        The stored maps of the method.
    drops : str
        Path of the drops of all folds.
    outputs : mapping of str to path
        table: LONG; pairs: PAIR_KEYS, region_set, region, the drops, and the coefficient by each policy.
    boxes : Regions
        The published boxes, which the drops are of.
    policies : mapping
        Policies of coefficients (config saliency).
    """
    answers = read_drops([drops])
    keys = ["sample_id", "fold", "target"]
    rendered = answers[answers["way"] == RENDERED].set_index([*keys, "region"])[QUANTITIES].sort_index()
    known, rows = rendered.index.droplevel("region").unique(), maps.rows
    rows = rows[rows.set_index(keys).index.isin(known)].reset_index(drop=True)

    def _truth_of(line: MapRow, regions: Regions) -> dict[str, np.ndarray]:
        of_face = rendered.loc[line.sample_id, line.fold, line.target].reindex(regions.names, fill_value=0.0)
        return {quantity: of_face[quantity].to_numpy() for quantity in QUANTITIES}

    table, pairs = _score(maps, rows, {PAPER: boxes}, policies=policies, truth_of=_truth_of, group="use")
    log.info("%d maps of %d faces with a twin", len(rows), rows["sample_id"].nunique())
    write_table(table, outputs["table"])
    write_table(pairs, outputs["pairs"])
