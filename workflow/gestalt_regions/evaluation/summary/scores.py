"""The summary: every measure of every method with its interval, beside chance and the best control."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_table, write_table, write_text
from gestalt_regions.core.seeds import generator
from gestalt_regions.evaluation.measure_registry import FLAT, OTHERS, POOLED_CHANCE, RANDOM, RECOGNISED
from gestalt_regions.evaluation.region_pairs import (
    PAIR_TEXT,
    coefficient_column,
    of_faces,
    prior_column,
    strata,
    under,
)
from gestalt_regions.evaluation.scored_maps import LONG, OWN_LEVEL, TRAINED, level_of
from gestalt_regions.evaluation.summary import pooled
from gestalt_regions.evaluation.summary.against_controls import CELL, against_controls
from gestalt_regions.evaluation.summary.scores_latex import latex
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval, sd_defined

ALL = "all"  # folds together
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
    "error",
    "level",
]
SCORES = [
    *PART,
    "chance",
    "chance_error",
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
    """The interval and the standard error (sd of the resamples; that of few groups is widened by g / (g - 1))."""
    low, high = interval(drawn, bootstrap["level"], groups)
    error = sd_defined(drawn) * np.sqrt(groups / (groups - 1)) if groups > 1 else np.nan
    return {"low": low, "high": high, "error": error}


def pooled_scores(
    pairs: pd.DataFrame,
    measures: Mapping[str, Mapping],
    policies: Mapping[str, Mapping],
    *,
    bootstrap: Mapping,
    seed: int,
    method: str = "",
) -> pd.DataFrame:
    """Statistics over all images and regions at once, for each network, fold, region set, policy and measure.

    Those within class and region are of all folds together: one fold has too few faces of a class.

    Parameters
    ----------
    pairs : DataFrame
        The pairs of one group and method, with a column for each policy; of a prior, for each truth and sign. For raw
        policies there may be a column `level_of`.
    measures : mapping
        The group's measures that are `pooled`, as `measure_registry.described` gives them.
    policies : mapping
        Policies of coefficients, each with its sign.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level, group (the column that is resampled).
    seed : int
        Seed of the study.
    method : str
        RANDOM scores chance itself, not what one draw happens to score.

    Returns
    -------
    DataFrame
        As `mean_scores`; a row is a region of a face. Where the pairs have levels, rows of the network OWN_LEVEL beside
        those of the trained one.
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
                if truth not in part or not np.isfinite(part[truth].to_numpy(float)).any():  # not of this region set
                    continue
                allowed = fold == ALL and not is_prior
                within = {
                    name: strata(part) if inside else None for name, inside in names.items() if allowed or not inside
                }
                columns = _columns(part, truth, policies, network)
                chance = POOLED_CHANCE[statistic] if method == RANDOM else None
                scored = _pooled(part, statistic, truth, within, columns=columns, weights=weights[faces], chance=chance)
                for name, (of, policy, _), kept, value, drawn in scored:
                    groups = weights[faces].of(kept).groups
                    where = {"measure": name, "region_set": region_set, "policy": policy, "fold": fold}
                    rows.append(
                        {
                            **where,
                            "network": of,
                            **_counts(part, kept),
                            "groups": groups,
                            "value": value,
                            **_ends(drawn, bootstrap, groups),
                        }
                    )
    return pd.DataFrame(rows)


Scored = tuple[str, str, str]  # what is scored of a network's pairs: network, or OWN_LEVEL; policy; its sign


def _columns(pairs: pd.DataFrame, truth: str, policies: Mapping[str, Mapping], network: str) -> dict[Scored, str]:
    """The column of each."""
    signs = {name: policy["sign"] for name, policy in policies.items()}
    columns = {(network, n, sign): coefficient_column(truth, n, sign, pairs.columns) for n, sign in signs.items()}
    if network == TRAINED:
        columns |= {(OWN_LEVEL, n, sign): level_of(n) for n, sign in signs.items() if level_of(n) in pairs}
    return columns


def _pooled(
    pairs: pd.DataFrame,
    statistic: str,
    truth: str,
    within: Mapping[str, np.ndarray | None],
    *,
    columns: Mapping[Scored, str],
    weights: Weights,
    chance: float | str | None,
) -> Iterator[tuple[str, Scored, np.ndarray, float, np.ndarray]]:
    """Of each measure and column: which rows have a value, the statistic, and its resamples.

    Columns that are compared with the same truth are computed together. within: measure -> its strata. chance: a
    number, or FLAT, to give in place of what is in the columns.
    """
    known, scores = pairs[truth].to_numpy(float), {}
    together: dict[bytes, list[Scored]] = {}
    truths = {sign: under(sign, known) for _, _, sign in columns}
    for scored in columns:
        together.setdefault(truths[scored[2]].tobytes(), []).append(scored)
    for alike in together.values():
        y, xs = truths[alike[0][2]], pairs[[columns[scored] for scored in alike]].to_numpy(float).T
        drawn = _draws(statistic, xs, y, weights, within, chance)
        for measure, (values, resampled) in drawn.items():
            for scored, x, value, draws in zip(alike, xs, values, resampled, strict=True):
                scores[measure, scored] = np.isfinite(x) & np.isfinite(y), value, draws
    for measure in within:
        for scored in columns:
            yield measure, scored, *scores[measure, scored]


def _draws(
    statistic: str,
    xs: np.ndarray,
    y: np.ndarray,
    weights: Weights,
    within: Mapping[str, np.ndarray | None],
    chance: float | str | None,
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """`pooled.draws`, or what scores without any order get."""
    if chance is None:
        return pooled.draws(statistic, xs, y, weights, within)
    if chance == FLAT:
        return pooled.draws(statistic, np.where(np.isfinite(xs), 0.0, np.nan), y, weights, within)
    values = np.where((np.isfinite(xs) & np.isfinite(y)).any(axis=1), chance, np.nan)
    return dict.fromkeys(within, (values, np.repeat(values[:, None], len(weights), axis=1)))


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
        if method in controls:  # only a method is judged beside its own level
            table = table.drop(columns=map(level_of, policies), errors="ignore")
        part = pooled_scores(table, of_group, policies, bootstrap=bootstrap, seed=seed, method=method)
        parts.append(part.assign(group=group))
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
