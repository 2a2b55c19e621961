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
from gestalt_regions.statistics.table3_rq1 import correct
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.toolkit.bootstrap import interval
from gestalt_regions.statistics.toolkit.latex import booktabs
from gestalt_regions.statistics.toolkit.table_text import bounds, number, p_text

MEASURE, GROUP, OVERALL = "measure", "group", "all"  # scope of a row
RANKING = [
    "scope",
    "group",
    "measure",
    "region_set",
    "policy",
    "method",
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
TEXT = ["scope", "group", "measure", "region_set", "policy", "method", "block"]
NOTE = (
    "Rank 1 is the best; tied methods share the mean of their ranks. Within a measure the blocks are kin groups, over "
    "all measures they are the measures: these share their faces and some their definition, so that the last test is "
    "too sure of itself. Two mean ranks differ by Nemenyi's test if they are further apart than the critical "
    "difference (CD)."
)


def ranks(values: np.ndarray, direction: int) -> np.ndarray:
    """Ranks along the last axis, 1 the best (the highest for direction 1); ties share their mean; NaN stays NaN."""
    return stats.rankdata(-direction * np.asarray(values, float), axis=-1, nan_policy="propagate")


def friedman(table: np.ndarray) -> tuple[float, float]:
    """Friedman's chi-squared and p value of values [blocks, methods]; NaN for fewer than 3 methods or 2 blocks, and
    where all methods are tied in every block."""
    blocks, methods = table.shape
    if methods < 3 or blocks < 2 or (table == table[:, :1]).all():
        return float("nan"), float("nan")
    found = stats.friedmanchisquare(*table.T)
    return float(found.statistic), float(found.pvalue)


def critical_difference(methods: int, blocks: int, level: float) -> float:
    """Nemenyi's critical difference of mean ranks (Demsar 2006, section 3.2.2): q sqrt(k (k + 1) / (6 N))."""
    if methods < 2 or blocks < 2:
        return float("nan")
    q = stats.studentized_range.ppf(level, methods, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(methods * (methods + 1) / (6 * blocks)))


def _lines(
    about: Mapping, methods: Sequence[str], rank: np.ndarray, drawn: np.ndarray, level: float
) -> list[dict[str, object]]:
    """A row for each method. rank [k], drawn [B, k]."""
    found = []
    for k, method in enumerate(methods):
        low, high = interval(drawn[:, k], level)
        found.append({**about, "method": method, "rank": rank[k], "low": low, "high": high, "methods": len(methods)})
    return found


def _of_measure(part: Ranked, methods: Sequence[str], level: float) -> list[dict[str, object]]:
    about = {
        "scope": MEASURE,
        "group": part.group,
        "measure": part.measure,
        "region_set": part.region_set,
        "policy": part.policy,
        "direction": part.direction,
    }
    if part.blocks is None:  # one statistic over all faces: nothing to average ranks over
        rank, drawn = ranks(part.values, part.direction), ranks(part.drawn, part.direction)
        test, blocks = (float("nan"), float("nan")), 0
    else:
        each = ranks(part.blocks, part.direction)
        rank, blocks = each.mean(axis=0), len(each)
        drawn = part.weights.means(each)
        test = friedman(part.blocks)
    about |= {"friedman": test[0], "friedman_p": test[1], "block": "kin_group" if blocks else "", "blocks": blocks}
    lines = _lines(about, methods, rank, drawn, level)
    own = ranks(part.values, part.direction)
    cd = critical_difference(len(methods), blocks, level)
    return [
        {**line, "value": part.values[k], "value_rank": own[k], "critical_difference": cd}
        for k, line in enumerate(lines)
    ]


def _over(parts: Sequence[Ranked], methods: Sequence[str], level: float, about: Mapping) -> list[dict[str, object]]:
    """Mean over measures of the ranks of their values, drawn anew together: a kin group is in all or in none."""
    each = np.array([ranks(part.values, part.direction) for part in parts])
    drawn = np.mean([ranks(part.drawn, part.direction) for part in parts], axis=0)
    test = friedman(-each)
    cd = critical_difference(len(methods), len(parts), level)
    about = {**about, "block": "measure", "blocks": len(parts), "friedman": test[0], "friedman_p": test[1]}
    return _lines({**about, "critical_difference": cd}, methods, each.mean(axis=0), drawn, level)


def ranking_table(
    parts: Sequence[Ranked], methods: Sequence[str], controls: Sequence[str], level: float
) -> pd.DataFrame:
    """RANKING without `simulated`: each measure, each group with several, and all together."""
    rows = [line for part in parts for line in _of_measure(part, methods, level)]
    for group in dict.fromkeys(part.group for part in parts):
        own = [part for part in parts if part.group == group]
        rows += _over(own, methods, level, {"scope": GROUP, "group": group}) if len(own) > 1 else []
    rows += _over(parts, methods, level, {"scope": OVERALL}) if parts else []
    table = pd.DataFrame(rows).reindex(columns=RANKING)
    first = table[(table["scope"] == MEASURE) & (table["method"] == methods[0])]  # a test is a row of each method
    holm = dict(zip(first["measure"], correct(first["friedman_p"].to_numpy(float), "holm"), strict=True))
    at = table["scope"] == MEASURE
    table.loc[at, "friedman_p_holm"] = table.loc[at, "measure"].map(holm).astype(float)
    return table.assign(control=table["method"].isin(controls), level=level)


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


def latex(table: pd.DataFrame, measures: Mapping[str, Mapping], simulated: str) -> str:
    """Two tables: mean ranks over all and over each group's measures; and the test within each measure."""
    level, opening = table["level"].iloc[0], f"{simulated.capitalize()}. " if simulated else ""
    over = table[table["scope"] != MEASURE]
    names = {group: f"{group}" if group else "all" for group in over["group"].fillna("")}
    columns = {names[group]: part for group, part in over.fillna({"group": ""}).groupby("group", sort=False)}
    columns = {"all": columns.pop("all"), **columns}
    first = next(iter(columns.values()))
    shown = pd.DataFrame({"Method": first["method"].to_numpy(), **{k: _ranked(part) for k, part in columns.items()}})
    order = np.argsort(first["rank"].to_numpy(), kind="stable")
    tests = {name: _test(part.iloc[0]) for name, part in columns.items()}
    for key, title in (("N", "measures"), ("Friedman", "Friedman"), ("CD", "critical difference")):
        shown.loc[len(shown)] = [title, *(test[key] for test in tests.values())]
    shown = shown.iloc[[*order, *range(len(order), len(shown))]]
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


def run(
    scores: str,
    tables: Sequence[str],
    pairs: Sequence[str],
    samples: str,
    csv: str,
    tex: str,
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
    """Write ranking.csv and ranking.tex. tables, pairs: the groups' CSV files; policy, region_set: what of the region
    measures is ranked, sign: what of the measures of whole maps."""
    about = read.load_samples(samples, ())
    text = ["group", "measure", "region_set", "policy", "fold", "method", "network"]
    summary = read_table(scores, [*text, "chance"], text)
    cells = chosen_cells(summary, measures, policy=policy, sign=sign, region_set=region_set)
    parts = all_ranked(cells, tables, pairs, methods, measures, bootstrap=bootstrap, seed=seed)
    table = ranking_table(parts, methods, controls, bootstrap["level"])
    phrase = read.simulated_phrase(about)
    write_table(table.assign(simulated=bool(phrase)), csv)
    write_text(latex(table, measures, phrase), tex)
