"""Ranks of the methods and controls: in every measure over kin groups, and over all measures together.

Rank 1 is the best. Friedman's test and Nemenyi's critical difference as in Demsar, Statistical comparisons of
classifiers over multiple data sets, JMLR 2006: a block is a kin group (within a measure) or a measure (over all).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from gestalt_regions.core.io import read_table, write_table, write_text
from gestalt_regions.evaluation.summary.ranked_values import Ranked, all_ranked, chosen_cells
from gestalt_regions.statistics.same_maps import read_same_maps
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.toolkit.bootstrap import interval
from gestalt_regions.statistics.toolkit.latex import booktabs
from gestalt_regions.statistics.toolkit.p_values import bounded, correct
from gestalt_regions.statistics.toolkit.table_text import bounds, number, p_text

DIGITS = 9  # decimals: the same value on two ways of computing it differs by less
MEASURE, GROUP, OVERALL = "measure", "group", "all"  # scope of a row
RANKING = [
    "scope",
    "group",
    "measure",
    "region_set",
    "policy",
    "method",
    "same_as",
    "control",
    "value",
    "value_rank",
    "rank",
    "low",
    "high",
    "level",
    "blocks",
    "block",
    "methods",
    "friedman",
    "friedman_p",
    "friedman_p_holm",
    "critical_difference",
    "direction",
    "simulated",
]
TEXT = ["scope", "group", "measure", "region_set", "policy", "method", "same_as", "block"]
NOTE = (
    "Rank 1 is the best; tied methods share the mean of their ranks. Within a measure the blocks are kin groups, over "
    "all measures they are the measures: these share their faces and some their definition, so that the last test is "
    "too sure of itself. Two mean ranks differ by Nemenyi's test if they are further apart than the critical "
    "difference (CD). Controls that a measure lacks have no rank over it."
)


def ranks(values: np.ndarray, direction: int) -> np.ndarray:
    """Ranks along the last axis; ties share their mean. Values that agree to DIGITS decimals tie.

    Parameters
    ----------
    values : ndarray
        [..., methods].
    direction : int
        1 if the highest value is the best, -1 if the lowest is.

    Returns
    -------
    ndarray
        As the values, 1 the best; NaN throughout a line that has one.
    """
    rounded = np.round(np.asarray(values, float), DIGITS)
    return stats.rankdata(-direction * rounded, axis=-1, nan_policy="propagate")


def friedman(table: np.ndarray) -> tuple[float, float]:
    """Friedman's test (Demsar 2006, section 3.2.2).

    Parameters
    ----------
    table : ndarray
        Values [blocks, methods].

    Returns
    -------
    tuple of float
        Chi-squared and p value; NaN for fewer than 3 methods or 2 blocks, or where all methods tie in every block.
    """
    blocks, methods = table.shape
    table = np.round(table, DIGITS)
    if methods < 3 or blocks < 2 or (table == table[:, :1]).all():
        return float("nan"), float("nan")
    test = stats.friedmanchisquare(*table.T)
    return float(test.statistic), float(bounded(test.pvalue))


def critical_difference(methods: int, blocks: int, level: float) -> float:
    """Nemenyi's critical difference of mean ranks (Demsar 2006, section 3.2.2): q sqrt(k (k + 1) / (6 N)).

    Parameters
    ----------
    methods, blocks : int
        k and N.
    level : float
        1 less the probability of an error, such as 0.95.

    Returns
    -------
    float
        In ranks; NaN for fewer than two methods or blocks.
    """
    if methods < 2 or blocks < 2:
        return float("nan")
    q = stats.studentized_range.ppf(level, methods, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(methods * (methods + 1) / (6 * blocks)))


Row = dict[str, object]  # some columns of RANKING


def _lines(
    facts: Row, methods: Sequence[str], rank: np.ndarray, drawn: np.ndarray, level: float, groups: int
) -> list[Row]:
    """A row for each method. rank [k], drawn [B, k] of so many kin groups."""
    rows: list[Row] = []
    for k, method in enumerate(methods):
        low, high = interval(drawn[:, k], level, groups)
        rows.append({**facts, "method": method, "rank": rank[k], "low": low, "high": high, "methods": len(methods)})
    return rows


def _of_measure(part: Ranked, level: float) -> list[Row]:
    methods = part.methods
    if part.blocks is None or part.weights is None:  # one statistic over all faces: nothing to average ranks over
        rank, drawn = ranks(part.values, part.direction), ranks(part.drawn, part.direction)
        test, blocks = (float("nan"), float("nan")), 0
    else:
        of_blocks = ranks(part.blocks, part.direction)
        rank, blocks = of_blocks.mean(axis=0), len(of_blocks)
        drawn = part.weights.means(of_blocks)
        test = friedman(part.blocks)
    facts: Row = {
        "scope": MEASURE,
        "group": part.group,
        "measure": part.measure,
        "region_set": part.region_set,
        "policy": part.policy,
        "direction": part.direction,
        "friedman": test[0],
        "friedman_p": test[1],
        "block": "kin_group" if blocks else "",
        "blocks": blocks,
        "critical_difference": critical_difference(len(methods), blocks, level),
    }
    lines = _lines(facts, methods, rank, drawn, level, len(part.groups))
    value_ranks = ranks(part.values, part.direction)
    return [{**line, "value": part.values[k], "value_rank": value_ranks[k]} for k, line in enumerate(lines)]


def _over(parts: Sequence[Ranked], level: float, scope: Row) -> list[Row]:
    """Mean over measures of the ranks of their values, drawn anew together: a kin group is in all or in none.

    Ranked are the methods that every measure has.
    """
    methods = [method for method in parts[0].methods if all(method in part.methods for part in parts)]
    at = [[list(part.methods).index(method) for method in methods] for part in parts]
    of_measures = np.array([ranks(part.values[k], part.direction) for part, k in zip(parts, at, strict=True)])
    drawn = np.mean([ranks(part.drawn[:, k], part.direction) for part, k in zip(parts, at, strict=True)], axis=0)
    test = friedman(-of_measures)
    facts: Row = {
        **scope,
        "block": "measure",
        "blocks": len(parts),
        "friedman": test[0],
        "friedman_p": test[1],
        "critical_difference": critical_difference(len(methods), len(parts), level),
    }
    groups = {name for part in parts for name in part.groups}
    return _lines(facts, methods, of_measures.mean(axis=0), drawn, level, len(groups))


def ranking_table(parts: Sequence[Ranked], controls: Sequence[str], level: float) -> pd.DataFrame:
    """The ranks in each measure, over each group with several measures, and over all together.

    Parameters
    ----------
    parts : sequence of Ranked
        The measures.
    controls : sequence of str
        Which methods are controls.
    level : float
        Of the intervals and of the critical difference.

    Returns
    -------
    DataFrame
        RANKING, `simulated` not yet filled in.
    """
    rows = [line for part in parts for line in _of_measure(part, level)]
    for group in dict.fromkeys(part.group for part in parts):
        of_group = [part for part in parts if part.group == group]
        rows += _over(of_group, level, {"scope": GROUP, "group": group}) if len(of_group) > 1 else []
    rows += _over(parts, level, {"scope": OVERALL}) if parts else []
    table = pd.DataFrame(rows).reindex(columns=RANKING)
    first = table[table["scope"] == MEASURE].drop_duplicates("measure")  # a test is a row of each method
    holm = dict(zip(first["measure"], correct(first["friedman_p"].to_numpy(float), "holm"), strict=True))
    at = table["scope"] == MEASURE
    table.loc[at, "friedman_p_holm"] = table.loc[at, "measure"].map(holm).astype(float)
    return table.assign(control=table["method"].isin(controls), level=level)


def with_repeated(table: pd.DataFrame, same: Mapping[str, str]) -> pd.DataFrame:
    """The ranks with those of methods that repeat another, which were not ranked beside it.

    Parameters
    ----------
    table : DataFrame
        RANKING of the methods that repeat none.
    same : mapping of str to str
        Method -> the one whose maps it repeats.

    Returns
    -------
    DataFrame
        RANKING; `same_as` names the method whose row is repeated. A measure of signed maps has no such row.
    """
    signed = table["policy"] == "signed"
    repeated = [table[(table["method"] == twin) & ~signed].assign(method=m, same_as=twin) for m, twin in same.items()]
    return pd.concat([table.assign(same_as=""), *repeated], ignore_index=True)


def _ranked(part: pd.DataFrame) -> list[str]:
    return [f"{number(row.rank, 2)} {bounds(row.low, row.high)}".strip() for row in part.itertuples()]


def _test(first: pd.Series) -> dict[str, str]:
    if not np.isfinite(first["friedman"]):
        return {"N": "–", "Friedman": "–", "CD": "–"}
    p = first["friedman_p_holm"] if first["scope"] == MEASURE else first["friedman_p"]
    text = f"{number(first['friedman'], 1)}, p {p_text(p)}"
    return {"N": str(first["blocks"]), "Friedman": text, "CD": number(first["critical_difference"], 2)}


def _best(part: pd.DataFrame) -> str:
    if part.empty:
        return "–"
    best = part.loc[[part["rank"].idxmin()]]
    return f"{best['method'].iloc[0]}: {_ranked(best)[0]}"


def _mean_ranks(over: pd.DataFrame) -> pd.DataFrame:
    """Methods x (all, groups), the best overall first; below them the number of measures, the test, the difference."""
    names = {group: f"{group}" if group else "all" for group in over["group"].fillna("")}
    columns = {names[group]: part for group, part in over.fillna({"group": ""}).groupby("group", sort=False)}
    columns = {"all": columns.pop("all"), **columns}
    methods = dict.fromkeys([*columns["all"].sort_values("rank", kind="stable")["method"], *over["method"]])
    texts = {name: dict(zip(part["method"], _ranked(part), strict=True)) for name, part in columns.items()}
    shown = pd.DataFrame({"Method": list(methods)})
    for name, text in texts.items():
        shown[name] = [text.get(method, "–") for method in methods]
    tests = {name: _test(part.iloc[0]) for name, part in columns.items()}
    for key, title in (("N", "measures"), ("Friedman", "Friedman"), ("CD", "critical difference")):
        shown.loc[len(shown)] = [title, *(test[key] for test in tests.values())]
    return shown


def latex(table: pd.DataFrame, measures: Mapping[str, Mapping], simulated: str) -> str:
    """Two tables for print: mean ranks over all and over each group's measures; and the test within each measure.

    Parameters
    ----------
    table : DataFrame
        RANKING.
    measures : mapping
        The measures, as `measure_registry.described` gives them.
    simulated : str
        What is said of a simulated cohort; "" of photographs.

    Returns
    -------
    str
        LaTeX.
    """
    level, opening = table["level"].iloc[0], f"{simulated.capitalize()}. " if simulated else ""
    shown = _mean_ranks(table[table["scope"] != MEASURE])
    caption = f"{opening}Mean ranks of the methods and controls over the measures, with {level:.0%} intervals "
    caption += "(bootstrap over kin groups)."
    rows = []
    for measure, part in table[table["scope"] == MEASURE].groupby("measure", sort=False):
        best = {"Best method": _best(part[~part["control"]]), "Best control": _best(part[part["control"]])}
        rows.append({"Measure": measures[measure]["label"], **_test(part.iloc[0]), **best})
    each = f"{opening}The methods and controls compared within each measure: N kin groups, Friedman's test (Holm "
    each += f"correction over the measures), and the best mean ranks with {level:.0%} intervals."
    tables = [
        booktabs(shown, caption, "tab:ranking", [NOTE], long=True),
        booktabs(pd.DataFrame(rows), each, "tab:ranking-measures", columns="lrrrll", long=True),
    ]
    return "\n".join(tables)


def write_ranking(
    inputs: Mapping[str, str | Sequence[str]],
    outputs: Mapping[str, str],
    *,
    methods: Sequence[str],
    controls: Sequence[str],
    measures: Mapping[str, Mapping],
    policy: str,
    sign: str,
    region_set: str,
    bootstrap: Mapping,
    seed: int,
) -> None:
    """Write ranking.csv and ranking.tex.

    Parameters
    ----------
    inputs : mapping of str to path or paths
        scores (scores.csv), samples, the groups' tables and pairs of all methods and, where methods may repeat
        another, same (`statistics.same_maps`).
    outputs : mapping of str to path
        csv and tex.
    methods, controls : sequence of str
        All that is ranked, and which of these are controls.
    measures : mapping
        Those that methods are ranked by, as `measure_registry.described` gives them.
    policy, region_set : str
        What of the measures of regions is ranked.
    sign : str
        What of the measures of whole maps is ranked.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level, group.
    seed : int
        Seed of the study.
    """
    phrase = read.simulated_phrase(read.load_samples(str(inputs["samples"]), ()))
    text = ["group", "measure", "region_set", "policy", "fold", "method", "network"]
    scores = read_table(str(inputs["scores"]), [*text, "chance"], text)
    known = read_same_maps(str(inputs["same"])) if "same" in inputs else {}
    same = {method: twin for method, twin in known.items() if {method, twin} <= set(methods)}
    methods, scores = [name for name in methods if name not in same], scores[~scores["method"].isin(same)]
    cells = chosen_cells(scores, measures, policy=policy, sign=sign, region_set=region_set)
    files = {kind: list(inputs[kind]) for kind in ("tables", "pairs")}
    parts = all_ranked(cells, files, methods, measures, sign=sign, bootstrap=bootstrap, seed=seed)
    table = with_repeated(ranking_table(parts, controls, bootstrap["level"]), same)[RANKING]
    write_table(table.assign(simulated=bool(phrase)), outputs["csv"])
    write_text(latex(table, measures, phrase), outputs["tex"])
