"""Table 3 per saliency method: how many of its tests are significant, by region and in all, in every variant."""

from __future__ import annotations

import pandas as pd

from gestalt_regions.statistics.analyses.analysis_inputs import AnalysisInputs, AnalysisResult
from gestalt_regions.statistics.analyses.analysis_registry import analysis
from gestalt_regions.statistics.toolkit.table_text import number


@analysis(
    "table3_methods",
    title="Table 3, method by method",
    place=1,
    needs=("tests", "coefficients"),
    caption=("Table 3 by saliency method: tests of every syndrome and region, and how many of them are significant."),
)
def table3_methods(inputs: AnalysisInputs) -> AnalysisResult:
    """Tests, t-tests, significant ones and median absolute effects by method.

    Parameters
    ----------
    inputs : AnalysisInputs
        Tests, coefficients and settings.

    Returns
    -------
    AnalysisResult
        One row per variant, method and region (and `all`).
    """
    rows: list[dict] = []
    shown: dict[str, dict[str, str]] = {}
    for variant in inputs.settings["variants"]:
        tests = inputs.tests_of(variant)
        for method, of_method in tests.groupby("method", sort=False):
            parts = {"all": of_method} | dict(list(of_method.groupby("region", sort=False)))
            for region, cell in parts.items():
                count = int(cell["significant"].eq(True).sum())
                defined, parametric = int(cell["p"].notna().sum()), int((cell["test"] == "t-test").sum())
                rows.append(
                    {
                        "variant": variant,
                        "method": method,
                        "region": region,
                        "tests": defined,
                        "t_tests": parametric,
                        "mann_whitney": int((cell["test"] == "Mann-Whitney U").sum()),
                        "significant": count,
                        "median_cohens_d": cell["cohens_d"].abs().median(),
                        "median_rank_biserial": cell["rank_biserial"].abs().median(),
                        "undefined": len(cell) - defined,
                    }
                )
                if variant == "corrected":
                    shown.setdefault(method, {})[region.capitalize()] = str(count)
                    if region == "all":
                        shown[method] |= {"Tests": str(defined), "t-tests": str(parametric)}
                        shown[method]["Median |r|"] = number(rows[-1]["median_rank_biserial"], 2)
                elif region == "all":
                    shown[method][f"All, {variant}"] = str(count)
    text = pd.DataFrame(shown).T.fillna("–").rename_axis("Method").reset_index()
    notes = ["Regions and All: significant tests, corrected variant; r: rank-biserial correlation."]
    return AnalysisResult(pd.DataFrame(rows), text, notes)
