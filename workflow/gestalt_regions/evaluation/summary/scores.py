"""The summary: every measure of every method with its interval, chance and the best control."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_table, write_table, write_text
from gestalt_regions.core.seeds import generator
from gestalt_regions.evaluation.measure_registry import OTHERS, RECOGNISED
from gestalt_regions.evaluation.region_pairs import (
    PAIR_TEXT,
    coefficient_column,
    of_faces,
    prior_column,
    strata,
    under,
)
from gestalt_regions.evaluation.scored_maps import LONG, TRAINED, UNTRAINED
from gestalt_regions.evaluation.summary import pooled
from gestalt_regions.evaluation.summary.scores_latex import latex
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval

ALL = "all"  # folds together
CELL = ["group", "measure", "region_set", "policy", "fold"]  # what values can be compared within
PART = [
    *CELL,
    "method",
    "network",
    "control",
    "images",
    "subjects",
    "groups",
    "rows",
    "undefined",
    "value",
    "low",
    "high",
    "level",
]
SCORES = [
    *PART,
    "chance",
    "best_control",
    "best_control_value",
    "overlaps_control",
    "beats_control",
    "direction",
    "simulated",
]
TEXT = [c for c in LONG if c != "value"]


def _weights(kin: Sequence[str], fold: str, bootstrap: Mapping, seed: int) -> Weights:
    """Drawn anew for each fold, but alike for all methods with the same images."""
    return Weights(kin, bootstrap["n_resamples"], generator(seed, "evaluation", fold))


def _of_folds(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    return [(ALL, table), *table.groupby("fold", sort=True)]


def mean_scores(table: pd.DataFrame, *, bootstrap: Mapping, seed: int) -> pd.DataFrame:
    """Means of the values image by image, for each network, fold, region set, policy and measure.

    A row is a face explained by a fold's model; a held-out face has one for each fold.

    Parameters
    ----------
    table : DataFrame
        LONG of one group and method.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level, group (the column that is resampled).
    seed : int
        Seed of the study.

    Returns
    -------
    DataFrame
        measure, region_set, policy, fold, network, images, subjects, rows, undefined (rows without a value), groups
        (that have a value), value, low, high; no interval for fewer than `bootstrap.MIN_GROUPS` groups.
    """
    rows: list[dict[str, object]] = []
    face, cells = ["sample_id", "fold"], ["region_set", "policy", "measure"]
    for network, of_network in table.groupby("network", sort=False):
        faces = of_network.drop_duplicates(face).reset_index(drop=True)
        row, column = of_network.groupby(face, sort=False).ngroup(), of_network.groupby(cells, sort=False).ngroup()
        matrix = np.full((len(faces), column.max() + 1), np.nan)
        matrix[row, column] = of_network["value"]
        names = list(of_network[cells].drop_duplicates().itertuples(index=False, name=None))
        for fold, part in _of_folds(faces):
            values = matrix[part.index]
            defined = np.isfinite(values)
            weights = _weights(part[bootstrap["group"]], fold, bootstrap, seed)
            drawn, groups = weights.means(values), weights.groups_with(values)
            for k, cell in enumerate(names):
                kept = defined[:, k]
                value = values[kept, k].mean() if kept.any() else np.nan
                rows.append(
                    {
                        **dict(zip(cells, cell, strict=True)),
                        "fold": fold,
                        "network": network,
                        **_counts(part, kept),
                        "groups": groups[k],
                        "value": value,
                        **_ends(drawn[:, k], bootstrap, groups[k]),
                    }
                )
    return pd.DataFrame(rows)


def _counts(items: pd.DataFrame, kept: np.ndarray) -> dict[str, int]:
    """How many images, subjects and rows have a value, and how many rows have none."""
    images, subjects = (len(pd.unique(items[column].to_numpy()[kept])) for column in ("sample_id", "subject_id"))
    return {"images": images, "subjects": subjects, "rows": int(kept.sum()), "undefined": int((~kept).sum())}


def _ends(drawn: np.ndarray, bootstrap: Mapping, groups: int) -> dict[str, float]:
    return dict(zip(("low", "high"), interval(drawn, bootstrap["level"], groups), strict=True))


def pooled_scores(
    pairs: pd.DataFrame,
    measures: Mapping[str, Mapping],
    policies: Mapping[str, Mapping],
    *,
    bootstrap: Mapping,
    seed: int,
) -> pd.DataFrame:
    """Statistics over all images and regions at once, for each network, fold, region set, policy and measure.

    Those within class and region are of all folds together: one fold has too few faces of a class.

    Parameters
    ----------
    pairs : DataFrame
        The pairs of one group and method, with a column for each policy; of a prior, for each truth and sign.
    measures : mapping
        The group's measures that are `pooled`, as `measure_registry.described` gives them.
    policies : mapping
        Policies of coefficients, each with its sign.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level, group (the column that is resampled).
    seed : int
        Seed of the study.

    Returns
    -------
    DataFrame
        As `mean_scores`; a row is a region of a face.
    """
    rows: list[dict[str, object]] = []
    together: dict[tuple[str, str, str], dict[str, bool]] = {}  # what is computed at once: over all, and within
    for name, facts in measures.items():
        together.setdefault((facts["pooled"], facts["pair"][1], facts["faces"]), {})[name] = facts["within"]
    for (network, region_set), of_set in pairs.groupby(["network", "region_set"], sort=False):
        for fold, of_fold in _of_folds(of_set):
            parts = {faces: of_faces(of_fold, faces) for faces in (RECOGNISED, OTHERS)}
            weights = {
                faces: _weights(part[bootstrap["group"]], fold, bootstrap, seed) for faces, part in parts.items()
            }
            for (statistic, truth, faces), names in together.items():
                part = parts[faces]
                is_prior = any(column.startswith(prior_column(truth, "")) for column in part.columns)
                if not np.isfinite(part[truth].to_numpy(float)).any():  # not known of this region set
                    continue
                allowed = fold == ALL and not is_prior
                within = {
                    name: strata(part) if inside else None for name, inside in names.items() if allowed or not inside
                }
                for name, policy, kept, value, drawn in _pooled(
                    part, statistic, truth, within, policies=policies, weights=weights[faces]
                ):
                    groups = weights[faces].of(kept).groups
                    where = {"measure": name, "region_set": region_set, "policy": policy, "fold": fold}
                    rows.append(
                        {
                            **where,
                            "network": network,
                            **_counts(part, kept),
                            "groups": groups,
                            "value": value,
                            **_ends(drawn, bootstrap, groups),
                        }
                    )
    return pd.DataFrame(rows)


def _pooled(
    pairs: pd.DataFrame,
    statistic: str,
    truth: str,
    within: Mapping[str, np.ndarray | None],
    *,
    policies: Mapping[str, Mapping],
    weights: Weights,
) -> Iterator[tuple[str, str, np.ndarray, float, np.ndarray]]:
    """Of each measure and policy: which rows have a value, the statistic, and its resamples.

    Policies that are compared with the same truth are computed together. within: measure -> its strata.
    """
    known, found = pairs[truth].to_numpy(float), {}
    together: dict[bytes, list[str]] = {}
    truths = {policy: under(settings["sign"], known) for policy, settings in policies.items()}
    for policy, y in truths.items():
        together.setdefault(y.tobytes(), []).append(policy)
    for names in together.values():
        y = truths[names[0]]
        columns = [coefficient_column(truth, name, policies[name]["sign"], pairs.columns) for name in names]
        xs = pairs[columns].to_numpy(float).T
        for measure, (values, drawn) in pooled.draws(statistic, xs, y, weights, within).items():
            for policy, x, value, resampled in zip(names, xs, values, drawn, strict=True):
                found[measure, policy] = np.isfinite(x) & np.isfinite(y), value, resampled
    for measure in within:
        for policy in policies:
            yield measure, policy, *found[measure, policy]


def against_controls(
    scores: pd.DataFrame, measures: Mapping[str, Mapping], cell: Sequence[str] = tuple(CELL)
) -> pd.DataFrame:
    """Scores beside chance and the best control.

    The controls of a row are the rows of control methods and, on a trained network, the same method on an untrained
    one, all of the same cell. The best is the one with the best value. Rows of controls, and of untrained networks, are
    not judged.

    Parameters
    ----------
    scores : DataFrame
        A row for each method, network and cell: the cell's columns, method, network, control, value, low and high.
    measures : mapping
        direction and chance of each measure.
    cell : sequence of str
        Columns that values can be compared within; measure is one of them.

    Returns
    -------
    DataFrame
        The scores with direction, chance, best_control (and value), overlaps_control (the intervals share a value) and
        beats_control (the whole interval is on the better side of the best control's).
    """
    scores = scores.assign(direction=scores["measure"].map(lambda name: measures[name]["direction"]))
    added = {}
    for names, part in scores.groupby(list(cell), sort=False):
        chance = measures[names[list(cell).index("measure")]]["chance"]
        rows = list(part.itertuples())
        if isinstance(chance, str):
            chance = next((r.value for r in rows if (r.method, r.network) == (chance, TRAINED)), np.nan)
        known = [row for row in rows if np.isfinite(row.value)]
        for row in rows:
            rivals = [r for r in known if r.control or (r.method, r.network) == (row.method, UNTRAINED)]
            judged = not row.control and row.network == TRAINED and np.isfinite(row.value) and rivals
            added[row.Index] = {"chance": chance} | (_beside(row, rivals) if judged else {})
    columns = ["chance", "best_control", "best_control_value", "overlaps_control", "beats_control"]
    new = pd.DataFrame.from_dict(added, orient="index").reindex(index=scores.index, columns=columns)
    return scores.join(new.astype({"overlaps_control": object, "beats_control": object}))


class _Score(Protocol):
    """A line of scores, as `itertuples` gives it."""

    method: str
    network: str
    value: float
    low: float
    high: float
    direction: int


def _beside(row: _Score, rivals: Sequence[_Score]) -> dict[str, object]:
    """What is said of a row beside the best of its rivals; "" where an interval is undefined."""
    best = max(rivals, key=lambda rival: rival.value * row.direction)
    mine, theirs = (sorted((r.low * row.direction, r.high * row.direction)) for r in (row, best))
    bounded = np.isfinite([*mine, *theirs]).all()
    return {
        "best_control": f"{best.method} (untrained)" if best.network == UNTRAINED else best.method,
        "best_control_value": best.value,
        "overlaps_control": bool(mine[0] <= theirs[1] and theirs[0] <= mine[1]) if bounded else "",
        "beats_control": bool(mine[0] > theirs[1]) if bounded else "",
    }


def _group(path: str) -> str:
    """That of .../{group}/{method}.csv or .../{group}/pairs/{method}.csv."""
    folder = Path(path).parent
    return folder.parent.name if folder.name == "pairs" else folder.name


def write_method_scores(
    tables: Sequence[str],
    pairs: Sequence[str],
    output: str,
    *,
    method: str,
    measures: Mapping[str, Mapping],
    controls: Sequence[str],
    policies: Mapping[str, Mapping],
    bootstrap: Mapping,
    seed: int,
) -> None:
    """Write all measures of one method.

    Parameters
    ----------
    tables, pairs : sequence of str
        The CSV files of its groups, in folders named by them.
    output : str
        Path of the table PART.
    method : str
        The method.
    measures : mapping
        The measures, as `measure_registry.described` gives them.
    controls : sequence of str
        Which methods are controls.
    policies : mapping
        Policies of coefficients (config coefficients), each with its sign.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level, group (the column that is resampled).
    seed : int
        Seed of the study.
    """
    parts = []
    for path in tables:
        long = read_table(path, LONG, TEXT)
        for faces in (RECOGNISED, OTHERS):
            of_them = [name for name, facts in measures.items() if facts["faces"] == faces]
            part = mean_scores(long[long["measure"].isin(of_them)], bootstrap=bootstrap, seed=seed)
            parts.append(part.assign(group=_group(path)))
    for path in pairs:
        group = _group(path)
        of_group = {name: m for name, m in measures.items() if m["group"] == group and m["pooled"]}
        table = read_table(path, [*PAIR_TEXT, "recognised"], PAIR_TEXT)
        parts.append(pooled_scores(table, of_group, policies, bootstrap=bootstrap, seed=seed).assign(group=group))
    whole = pd.concat(parts, ignore_index=True)
    write_table(whole.assign(method=method, control=method in controls, level=bootstrap["level"])[PART], output)


def write_scores(
    parts: Sequence[str], samples: str, outputs: Mapping[str, str], *, measures: Mapping[str, Mapping], show: Mapping
) -> None:
    """Write scores.csv and scores.tex of all methods.

    Parameters
    ----------
    parts : sequence of str
        Path of PART of each method.
    samples : str
        Path of samples.csv.
    outputs : mapping of str to path
        csv; tex (folds together, the policy and the region sets of `show`).
    measures : mapping
        The measures, as `measure_registry.described` gives them.
    show : mapping
        config evaluation.show: policy, sets.
    """
    text = [*CELL, "method", "network"]
    scores = pd.concat([read_table(path, PART, text) for path in parts], ignore_index=True)
    simulated = read.simulated_phrase(read.load_samples(samples, ()))
    scores = against_controls(scores, measures).assign(simulated=bool(simulated))[SCORES]
    write_table(scores, outputs["csv"])
    write_text(latex(scores, measures, show, simulated), outputs["tex"])
