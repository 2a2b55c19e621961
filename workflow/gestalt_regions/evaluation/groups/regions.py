"""Groups that look at region coefficients: their values image by image, and the pairs behind the pooled ones."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_pieces, write_table
from gestalt_regions.evaluation.measure_registry import OTHERS, RECOGNISED, per_image
from gestalt_regions.evaluation.perturb.drop_tables import QUANTITIES, RENDERED, read_drops
from gestalt_regions.evaluation.region_pairs import PAIR_KEYS, prior_column, under
from gestalt_regions.evaluation.scored_maps import (
    Counterfactuals,
    MapRow,
    Maps,
    Regions,
    level_of,
    long_table,
    recognised,
)
from gestalt_regions.regions.coefficients import RAW, SIGNS, image_coefficients
from gestalt_regions.regions.sets import PAPER
from gestalt_regions.truth.counterfactuals import DISPLACEMENT, TWIN

log = logging.getLogger("gestalt_regions")
Coefficients = np.ndarray | Mapping[str, np.ndarray]  # [policies, R]; of a prior: of each truth, name -> [policies, R]
CoefficientsOf = Callable[[MapRow, Regions], Coefficients]  # of a map and a region set
LevelsOf = Callable[[MapRow], dict[str, float]]


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
    functions: Mapping[str, Callable], coefficients: Coefficients, truth: Mapping[str, np.ndarray], signs: Sequence[str]
) -> dict[str, np.ndarray]:
    """The value of each measure under every policy, for one image.

    A function takes the coefficients and, by its name, one thing that is known of the regions; where that is unknown,
    it is left out. Regions without a value in the coefficients, or in what the function takes, do not count.

    Parameters
    ----------
    functions : mapping of str to callable
        The measures.
    coefficients : ndarray or mapping of str to ndarray
        [policies, R], or for each truth such ones.
    truth : mapping of str to ndarray
        What is known of the regions: name -> [R].
    signs : sequence of str
        Sign of each policy, by which the truth is taken (`region_pairs.under`).

    Returns
    -------
    dict
        Measure -> [policies]; NaN where fewer than two regions are left.

    Raises
    ------
    TypeError
        If a function takes anything else.
    """
    measures: dict[str, np.ndarray] = {}
    for name, function in functions.items():
        parameters = list(inspect.signature(function).parameters)
        if len(parameters) != 2:
            raise TypeError(f"measure '{name}' takes {', '.join(parameters)}; it must take coefficients and one truth")
        needed = parameters[1]
        if needed not in truth:
            continue
        known = {sign: under(sign, truth[needed]) for sign in dict.fromkeys(signs)}
        rows = coefficients if isinstance(coefficients, np.ndarray) else coefficients[needed]
        values: dict[tuple[bytes, bytes], float] = {}  # policies that do not differ in this image are computed once
        keys = [(row.tobytes(), known[sign].tobytes()) for row, sign in zip(rows, signs, strict=True)]
        for key, row, sign in zip(keys, rows, signs, strict=True):
            kept = np.isfinite(row) & np.isfinite(known[sign])
            if key not in values:
                values[key] = function(row[kept], known[sign][kept]) if kept.sum() > 1 else np.nan
        measures[name] = np.array([values[key] for key in keys])
    return measures


@dataclass(frozen=True)
class RegionTruths:
    """What a group knows of the regions, and of which maps.

    Attributes
    ----------
    group : str
        The group of measures.
    rows : DataFrame
        Lines of `Maps.rows`, and recognised (1 or 0).
    sets : mapping of str to Regions
        The region sets.
    of : callable
        Of a line of the rows and a region set: name -> what is known of each region [R].
    """

    group: str
    rows: pd.DataFrame
    sets: Mapping[str, Regions]
    of: Callable[[MapRow, Regions], dict[str, np.ndarray]]


def _of_maps(maps: Maps, policies: Mapping[str, Mapping]) -> CoefficientsOf:
    def coefficients_of(line: MapRow, regions: Regions) -> np.ndarray:
        return image_coefficients(maps[line], regions[line.sample_id], len(regions.names), policies)[0]

    return coefficients_of


def _levels_of(maps: Maps, policies: Mapping[str, Mapping]) -> LevelsOf:
    raw = {level_of(name): SIGNS[policy["sign"]] for name, policy in policies.items() if policy["scale"] == RAW}

    def levels_of(line: MapRow) -> dict[str, float]:
        return {name: float(signed(maps[line]).mean(dtype=float)) for name, signed in raw.items()}

    return levels_of


def _no_levels(line: MapRow) -> dict[str, float]:
    return {}


def _columns(
    coefficients: Coefficients, truth: Mapping[str, np.ndarray], policies: Mapping[str, str]
) -> dict[str, np.ndarray]:
    """Columns of the pairs of one image: name -> [R]. policies: their signs."""
    if isinstance(coefficients, np.ndarray):
        return {**truth, **dict(zip(policies, coefficients, strict=True))}
    priors = {
        prior_column(name, sign): row
        for name in truth
        for sign, row in zip(policies.values(), coefficients[name], strict=True)
    }
    return {**truth, **priors}


def score_regions(
    truths: RegionTruths,
    coefficients_of: CoefficientsOf,
    outputs: Mapping[str, str],
    policies: Mapping[str, Mapping],
    *,
    method: str = "",
    levels_of: LevelsOf = _no_levels,
) -> None:
    """Write the tables of one method, or prior, and one group.

    Parameters
    ----------
    truths : RegionTruths
        What is known of the regions, and of which maps.
    coefficients_of : callable
        Of a line of the rows and a region set: the coefficients [policies, R]; of a prior, those of each truth.
    outputs : mapping of str to path
        table: LONG; pairs: PAIR_KEYS, region_set, region, what is known of it, and its coefficient by each policy (of a
        prior by each truth and sign: `region_pairs.prior_column`).
    policies : mapping
        Policies of coefficients (config coefficients).
    method : str
        The method; RANDOM scores chance itself (`per_image`).
    levels_of : callable
        Of a line of the rows: its coefficients by each raw policy if it were flat at its mean, in columns `level_of`.
    """
    signs = {name: policy["sign"] for name, policy in policies.items()}
    nothing = pd.DataFrame(columns=[*PAIR_KEYS, "region_set", "region", *policies])
    tables, pairs = [], [nothing] if truths.rows.empty else []
    for faces, known in ((RECOGNISED, 1), (OTHERS, 0)):
        functions = per_image(truths.group, faces, method)
        rows = truths.rows[truths.rows["recognised"] == known].reset_index(drop=True)
        values: dict[tuple[str, str, str], list[float]] = {}
        for name, regions in truths.sets.items() if len(rows) else ():
            columns = []
            for line in rows.itertuples():
                coefficients, truth = coefficients_of(line, regions), truths.of(line, regions)
                for measure, column in measured(functions, coefficients, truth, list(signs.values())).items():
                    for policy, value in zip(policies, column, strict=True):
                        values.setdefault((name, policy, measure), []).append(value)
                levels = {key: np.full(len(regions.names), level) for key, level in levels_of(line).items()}
                columns.append(_columns(coefficients, truth, signs) | levels)
            table = rows.loc[rows.index.repeat(len(regions.names)), PAIR_KEYS].reset_index(drop=True)
            table = table.assign(region_set=name, region=regions.names * len(rows))
            pairs.append(table.assign(**{key: np.concatenate([one[key] for one in columns]) for key in columns[0]}))
        tables.append(long_table(rows, values))
    write_table(pd.concat([table for table in tables if len(table)] or tables[:1]), outputs["table"])
    write_table(pd.concat(pairs, ignore_index=True), outputs["pairs"])


def _displacements(path: str, samples: pd.Series) -> pd.DataFrame:
    """How far the landmarks of each region (columns) lie from the twin's, by sample (rows), in eye distances."""
    pieces = read_pieces(path, DISPLACEMENT, ["sample_id", "variant", "region"])
    table = pd.concat([p[(p["variant"] == TWIN) & p["sample_id"].isin(samples)] for p in pieces])
    return table.pivot_table(index="sample_id", columns="region", values="displacement")


def recovery_truths(
    maps: Maps, files: Mapping[str, str], *, sets: Mapping[str, Regions], predictions: Sequence[str], changed: float
) -> RegionTruths:
    """What group recovery knows: which regions changed, by how much, and how far they moved.

    Only affected faces that their fold's model recognises have a line: of others the truth is not what was explained.
    Displacements are known of the published regions alone.

    Parameters
    ----------
    maps : Maps
        The maps that are scored.
    files : mapping of str to path
        changes (stack of change maps), truth (its index) and displacement.
    sets : mapping of str to Regions
        The region sets.
    predictions : sequence of str
        Path of predictions.csv of each fold.
    changed : float
        A region counts as changed if it differs by more grey levels than this on average.

    Returns
    -------
    RegionTruths
        amount (grey levels), changed (1 or 0) and, of the published regions, displacement (eye distances).
    """
    rows = recognised(maps.rows, predictions, maps.folds)
    twins = Counterfactuals(files["truth"], rows["sample_id"], files["changes"])
    rows = rows[twins.has_twin(rows["sample_id"])].reset_index(drop=True).assign(recognised=1)
    moved = _displacements(files["displacement"], rows["sample_id"])

    @cache
    def _of_sample(sample: str, regions: Regions) -> dict[str, np.ndarray]:
        amount = region_changes(twins.change(sample), regions[sample], len(regions.names))
        truth = {"amount": amount, "changed": np.where(np.isfinite(amount), amount > changed, np.nan)}
        if regions is sets.get(PAPER):
            truth["displacement"] = moved.loc[sample].reindex(regions.names).to_numpy(float)
        return truth

    def _of(line: MapRow, regions: Regions) -> dict[str, np.ndarray]:
        return _of_sample(line.sample_id, regions)

    log.info("%d maps of %d recognised faces with a twin", len(rows), rows["sample_id"].nunique())
    return RegionTruths("recovery", rows, sets, _of)


def use_truths(maps: Maps, drops: str, boxes: Regions) -> RegionTruths:
    """What group use knows: how much the network's answer drops when a region's change is reverted.

    Every face with a twin has a line, recognised or not, if the map explains its predicted class or its own. A face
    counts as recognised if the map explains its class and its fold's model predicts it.

    Parameters
    ----------
    maps : Maps
        The maps that are scored.
    drops : str
        Path of the drops of all folds.
    boxes : Regions
        The published boxes, which the drops are of.

    Returns
    -------
    RegionTruths
        Drops of logit and probability, with their sign.
    """
    answers, keys = read_drops([drops]), ["sample_id", "fold", "target"]
    answers = answers[answers["way"] == RENDERED]
    rendered = answers.set_index([*keys, "region"])[QUANTITIES].sort_index()
    predicted, rows = answers.groupby(keys)["predicted"].first(), maps.rows
    rows = rows[rows.set_index(keys).index.isin(predicted.index)].reset_index(drop=True)
    answered = predicted.reindex(pd.MultiIndex.from_frame(rows[keys])).to_numpy()
    known = (rows["label"] == answered) & (rows["label"] == rows["target"])

    def _of(line: MapRow, regions: Regions) -> dict[str, np.ndarray]:
        of_face = rendered.loc[line.sample_id, line.fold, line.target].reindex(regions.names, fill_value=0.0)
        return {quantity: of_face[quantity].to_numpy() for quantity in QUANTITIES}

    log.info("%d maps of %d faces with a twin, %d recognised", len(rows), rows["sample_id"].nunique(), known.sum())
    return RegionTruths("use", rows.assign(recognised=known.astype(int)), {PAPER: boxes}, _of)


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

    Parameters
    ----------
    maps : Maps
        The stored maps of the method.
    files : mapping of str to path
        changes (stack of change maps), truth (its index) and displacement.
    outputs : mapping of str to path
        table and pairs (`score_regions`).
    sets : mapping of str to Regions
        The region sets.
    predictions : sequence of str
        Path of predictions.csv of each fold.
    policies : mapping
        Policies of coefficients (config coefficients).
    changed : float
        A region counts as changed if it differs by more grey levels than this on average.
    """
    truths = recovery_truths(maps, files, sets=sets, predictions=predictions, changed=changed)
    levels_of = _levels_of(maps, policies)
    score_regions(truths, _of_maps(maps, policies), outputs, policies, method=maps.method, levels_of=levels_of)


def write_use(
    maps: Maps, drops: str, outputs: Mapping[str, str], *, boxes: Regions, policies: Mapping[str, Mapping]
) -> None:
    """Write group use of one method: do the coefficients follow what the network uses?

    Parameters
    ----------
    maps : Maps
        The stored maps of the method.
    drops : str
        Path of the drops of all folds.
    outputs : mapping of str to path
        table and pairs (`score_regions`).
    boxes : Regions
        The published boxes, which the drops are of.
    policies : mapping
        Policies of coefficients (config coefficients).
    """
    truths, levels_of = use_truths(maps, drops, boxes), _levels_of(maps, policies)
    score_regions(truths, _of_maps(maps, policies), outputs, policies, method=maps.method, levels_of=levels_of)
