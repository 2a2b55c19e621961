"""Holm, Bonferroni and Benjamini-Hochberg over the whole family (methods x regions x syndromes), side by side."""

from __future__ import annotations

import pandas as pd

from gestalt_regions.statistics.analyses.analysis_inputs import AnalysisInputs, AnalysisResult
from gestalt_regions.statistics.analyses.analysis_registry import analysis
from gestalt_regions.statistics.table3_rq1 import corrected_p

CORRECTIONS = {"bonferroni": "Bonferroni", "holm": "Holm", "fdr_bh": "Benjamini-Hochberg"}


@analysis(
    "corrections",
    title="How many tests survive each correction",
    place=3,
    needs=("tests",),
    caption=(
        "Number of significant tests of RQ1 (corrected variant) under each correction of one family, all methods x"
        " regions x syndromes."
    ),
)
def corrections(inputs: AnalysisInputs) -> AnalysisResult:
    """The corrected variant's p values under each correction of one family.

    Undefined tests do not count in the family, nor those of a method that has the maps of another.

    Parameters
    ----------
    inputs : AnalysisInputs
        Tests, coefficients and settings.

    Returns
    -------
    AnalysisResult
        One row per test; shown: significant tests of each method.
    """
    tests, alpha = inputs.tests_of("corrected"), inputs.corrected["alpha"]
    table = tests[["method", "syndrome", "region", "test", "p"]].copy()
    shown = {"Uncorrected": tests["p"] < alpha}
    for name, title in CORRECTIONS.items():
        table[f"p_{name}"] = corrected_p(tests, {"correction": name, "family": "all"})
        shown[title] = table[f"p_{name}"] < alpha
    for name in CORRECTIONS:
        flags = (table[f"p_{name}"] < alpha).astype(object)
        table[f"significant_{name}"] = flags.where(table["p"].notna(), None)
    undefined = int(tests["p"].isna().sum())
    size = int(tests.loc[tests["same_as"] == "", "p"].notna().sum())
    table = table.assign(family_size=size, alpha=alpha, note=tests["note"])
    counts = pd.DataFrame(shown).groupby(tests["method"], sort=False).sum()
    counts.loc["all methods"] = counts.sum()
    counts.insert(0, "Tests", [*tests["p"].notna().groupby(tests["method"], sort=False).sum(), len(tests) - undefined])
    counts = counts.rename_axis("Method").reset_index().astype(str)
    notes = [f"One family of {size} tests, alpha {alpha:g}."]
    return AnalysisResult(table, counts, notes + ([f"{undefined} undefined tests left out."] if undefined else []))
