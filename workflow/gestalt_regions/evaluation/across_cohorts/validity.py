"""Do RQ1 and RQ2 measure what they are taken to measure? Their answers for each method beside what is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.core.seeds import generator
from gestalt_regions.evaluation.summary.ranked_values import chosen_cells
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval
from gestalt_regions.statistics.toolkit.spearman import spearman

QUESTIONS = {
    "significant": "RQ1: share of tests that are significant",
    "hpo_within": "RQ2: correlation with HPO terms within syndromes",
    "hpo_pooled": "RQ2: correlation with HPO terms, pooled",
}
POINTS = ["cohort", "method", "question", "answer", "group", "measure", "region_set", "policy", "direction", "score"]
VALIDITY = [
    "question",
    "group",
    "measure",
    "region_set",
    "policy",
    "direction",
    "points",
    "methods",
    "cohorts",
    "rho",
    "low",
    "high",
    "rho_within_cohort",
    "low_within_cohort",
    "high_within_cohort",
    "level",
    "simulated",
]


def answers(tests: pd.DataFrame, correlations: pd.DataFrame) -> pd.DataFrame:
    """What RQ1 and RQ2 say of each method: method, question, answer.

    tests: table3_tests.csv; undefined ones do not count. correlations: table4.csv, averaged over the regions.
    """
    tests = tests[tests["p"].notna()]
    share = (tests["significant"].astype(str) == "True").groupby(tests["method"], sort=False).mean()
    found = {"significant": share}
    for question, column in (("hpo_within", "rho_mean"), ("hpo_pooled", "pooled_mean")):
        found[question] = correlations.groupby("method", sort=False)[column].mean()
    parts = [
        own.rename("answer").rename_axis("method").reset_index().assign(question=name) for name, own in found.items()
    ]
    return pd.concat(parts, ignore_index=True)


def points(said: pd.DataFrame, scores: pd.DataFrame, cells: Mapping[str, Mapping], measures: Mapping) -> pd.DataFrame:
    """POINTS without cohort: each answer beside each score of the same method, one cell of each measure."""
    scores = scores[(scores["network"] == "trained") & (scores["fold"] == "all")]
    found = []
    for name, cell in cells.items():
        own = scores[scores["measure"] == name]
        own = own[(own["region_set"] == cell["region_set"]) & (own["policy"] == cell["policy"])]
        joined = said.merge(own[["method", "value"]].rename(columns={"value": "score"}), on="method")
        about = {key: cell[key] for key in ("group", "measure", "region_set", "policy")}
        found.append(joined.assign(**about, direction=measures[name]["direction"]))
    columns = [column for column in POINTS if column != "cohort"]
    return pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame(columns=columns)


def validity(table: pd.DataFrame, *, bootstrap: Mapping, seed: int) -> pd.DataFrame:
    """VALIDITY: Spearman's correlation over methods and cohorts of the answers with the scores (turned so that more is
    better), over all points and after each cohort's mean rank is removed.

    Methods are drawn anew, each with all its cohorts: it is other methods that one wants to know about. The interval is
    missing where the correlation is undefined in more than a tenth of the resamples, as with very few methods.
    """
    rows, cell = [], ["question", "group", "measure", "region_set", "policy"]
    for key, part in table.groupby(cell, sort=False):
        part = part[part["answer"].notna() & part["score"].notna()]
        direction = part["direction"].iloc[0] if len(part) else np.nan
        x, y = part["answer"].to_numpy(float), (part["score"] * part["direction"]).to_numpy(float)
        methods = part["method"].nunique()
        row = {
            **dict(zip(cell, key, strict=True)),
            "direction": direction,
            "points": len(part),
            "methods": methods,
            "cohorts": part["cohort"].nunique(),
        }
        if len(part) > 2:
            weights = Weights(part["method"], bootstrap["n_resamples"], generator(seed, "evaluation", "validity"))
            for name, groups in (("", None), ("_within_cohort", part["cohort"].to_numpy())):
                drawn = weights.each(partial(spearman, x, y, groups=groups))
                low, high = interval(drawn, bootstrap["level"])
                row |= {f"rho{name}": spearman(x, y, groups=groups)[0], f"low{name}": low, f"high{name}": high}
        rows.append(row)
    return pd.DataFrame(rows).assign(level=bootstrap["level"], simulated=True).reindex(columns=VALIDITY)


def run(
    cohorts: Sequence[str],
    tests: Sequence[str],
    correlations: Sequence[str],
    scores: Sequence[str],
    csv: str,
    points_csv: str,
    *,
    measures: Mapping[str, Mapping],
    policy: str,
    sign: str,
    region_set: str,
    bootstrap: Mapping,
    seed: int,
) -> None:
    """Write validity.csv and its points. tests, correlations, scores: one file for each of `cohorts`."""
    parts, text = [], ["group", "measure", "region_set", "policy", "fold", "method", "network"]
    for cohort, *paths in zip(cohorts, tests, correlations, scores, strict=True):
        said = answers(
            read_table(paths[0], ["method", "significant", "p"], ["method"]),
            read_table(paths[1], ["method", "rho_mean", "pooled_mean"], ["method"]),
        )
        summary = read_table(paths[2], [*text, "value", "chance"], text)
        cells = chosen_cells(summary, measures, policy=policy, sign=sign, region_set=region_set)
        parts.append(points(said, summary, cells, measures).assign(cohort=cohort))
    table = pd.concat(parts, ignore_index=True)[POINTS]
    write_table(table, points_csv)
    write_table(validity(table, bootstrap=bootstrap, seed=seed), csv)
