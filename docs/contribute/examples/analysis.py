"""An analysis: the median coefficient of every class and region."""

from __future__ import annotations

import pandas as pd
from gestalt_regions.statistics.analyses.analysis_inputs import AnalysisInputs, AnalysisResult
from gestalt_regions.statistics.analyses.analysis_registry import analysis
from gestalt_regions.statistics.toolkit.table_text import number


@analysis("region_medians", needs=("coefficients",), caption="Median region coefficient of every class (folds).")
def region_medians(inputs: AnalysisInputs) -> AnalysisResult:
    """One row per method, class and region; the short table shows the first method."""
    parts = []
    for table in inputs.by_method("rq1", "folds"):
        medians = table.groupby(["method", "label", "region"])["coefficient"].median()
        parts.append(medians.rename("median").reset_index())
    table = pd.concat(parts, ignore_index=True)
    first = table[table["method"] == table["method"].iloc[0]].pivot_table("median", "label", "region")
    shown = first.map(lambda value: number(value, 3)).rename_axis("Class", columns=None).reset_index()
    return AnalysisResult(table, shown, [f"Method: {table['method'].iloc[0]}."])
