"""Do RQ1 and RQ2 measure what they are taken to measure? Their answers for each method beside what is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.core.seeds import generator
from gestalt_regions.evaluation.summary.ranked_values import Cell, chosen_cells
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval
from gestalt_regions.statistics.toolkit.spearman import spearman
from gestalt_regions.statistics.variants import CORRECTED

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
    """What RQ1 and RQ2, corrected, say of each method.

    Parameters
    ----------
    tests : DataFrame
        table3_tests.csv, of which the corrected variant counts; undefined tests do not.
    correlations : DataFrame
        table4.csv; correlations are averaged over the regions.

    Returns
    -------
    DataFrame
        method, question (of QUESTIONS), answer.
    """
    tests = tests[(tests["variant"] == CORRECTED) & tests["p"].notna()]
    share = (tests["significant"].astype(str) == "True").groupby(tests["method"], sort=False).mean()
    by_question = {"significant": share}
    for question, column in (("hpo_within", "rho_mean"), ("hpo_pooled", "pooled_mean")):
        by_question[question] = correlations.groupby("method", sort=False)[column].mean()
    parts = [
        values.rename("answer").rename_axis("method").reset_index().assign(question=name)
        for name, values in by_question.items()
    ]
    return pd.concat(parts, ignore_index=True)


def points(given: pd.DataFrame, scores: pd.DataFrame, cells: Mapping[str, Cell], measures: Mapping) -> pd.DataFrame:
    """Each answer beside each score of the same method.

    Parameters
    ----------
    given : DataFrame
        What `answers` gives.
    scores : DataFrame
        scores.csv.
    cells : mapping of str to Cell
        One cell of each measure (`chosen_cells`).
    measures : mapping
        direction of each measure.

    Returns
    -------
    DataFrame
        POINTS without cohort.
    """
    scores = scores[(scores["network"] == "trained") & (scores["fold"] == "all")]
    parts = []
    for name, cell in cells.items():
        of_cell = scores[scores["measure"] == name]
        of_cell = of_cell[(of_cell["region_set"] == cell.region_set) & (of_cell["policy"] == cell.policy)]
        joined = given.merge(of_cell[["method", "value"]].rename(columns={"value": "score"}), on="method")
        names = {"group": cell.group, "measure": cell.measure, "region_set": cell.region_set, "policy": cell.policy}
        parts.append(joined.assign(**names, direction=measures[name]["direction"]))
    columns = [column for column in POINTS if column != "cohort"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def validity(table: pd.DataFrame, *, bootstrap: Mapping, seed: int) -> pd.DataFrame:
    """Spearman's correlation over methods and cohorts of the answers with the scores.

    Scores are turned so that more is better. The correlation is over all points, and after each cohort's mean rank is
    removed. Methods are drawn anew, each with all its cohorts: it is other methods that one wants to know about. The
    interval is missing where the correlation is undefined in more than a tenth of the resamples, as with very few
    methods.

    Parameters
    ----------
    table : DataFrame
        POINTS.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level.
    seed : int
        Seed of the study.

    Returns
    -------
    DataFrame
        VALIDITY.
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
                low, high = interval(drawn, bootstrap["level"], methods)
                row |= {f"rho{name}": spearman(x, y, groups=groups)[0], f"low{name}": low, f"high{name}": high}
        rows.append(row)
    return pd.DataFrame(rows).assign(level=bootstrap["level"], simulated=True).reindex(columns=VALIDITY)


def write_validity(
    inputs: Mapping[str, Sequence[str]],
    outputs: Mapping[str, str],
    *,
    cohorts: Sequence[str],
    measures: Mapping[str, Mapping],
    policy: str,
    sign: str,
    region_set: str,
    bootstrap: Mapping,
    seed: int,
) -> None:
    """Write validity.csv and its points.

    Parameters
    ----------
    inputs : mapping of str to paths
        tests, correlations and scores: one file for each cohort.
    outputs : mapping of str to path
        csv (VALIDITY) and points (POINTS).
    cohorts : sequence of str
        The cohorts.
    measures : mapping
        The measures, as `measure_registry.described` gives them.
    policy, region_set : str
        What is taken of measures of regions.
    sign : str
        What is taken of measures of whole maps.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level.
    seed : int
        Seed of the study.
    """
    parts, text = [], ["group", "measure", "region_set", "policy", "fold", "method", "network"]
    files = zip(cohorts, inputs["tests"], inputs["correlations"], inputs["scores"], strict=True)
    for cohort, tests, correlations, scores in files:
        given = answers(
            read_table(tests, ["variant", "method", "significant", "p"], ["variant", "method"]),
            read_table(correlations, ["method", "rho_mean", "pooled_mean"], ["method"]),
        )
        summary = read_table(scores, [*text, "value", "chance"], text)
        cells = chosen_cells(summary, measures, policy=policy, sign=sign, region_set=region_set)
        parts.append(points(given, summary, cells, measures).assign(cohort=cohort))
    table = pd.concat(parts, ignore_index=True)[POINTS]
    write_table(table, outputs["points"])
    write_table(validity(table, bootstrap=bootstrap, seed=seed), outputs["csv"])
