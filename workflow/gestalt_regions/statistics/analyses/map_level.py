"""Does the level of the whole map differ between a syndrome and the control? Unscaled coefficients carry it."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from gestalt_regions.core import io
from gestalt_regions.statistics.analyses.analysis_inputs import AnalysisInputs, AnalysisResult
from gestalt_regions.statistics.analyses.analysis_registry import analysis
from gestalt_regions.statistics.table3_rq1 import run_tests
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.toolkit.table_text import number

RAW, DENSITY = "absolute_raw", "absolute_sum"  # a region's mean, and the same over the sum of the whole map
KEYS = ["method", "syndrome"]
COLUMNS = [*KEYS, "unit", "n_control", "n_syndrome", "test", "p", "p_corrected", "significant", "rank_biserial", "note"]


def _has_policies(inputs: AnalysisInputs) -> bool:
    pieces = io.read_pieces(inputs.files["coefficients"][0], ["policy"], strings=["policy"])
    return {RAW, DENSITY} <= {policy for piece in pieces for policy in piece["policy"].unique()}


def _levels(inputs: AnalysisInputs) -> Iterator[dict[str, pd.DataFrame]]:
    """The sum of the absolute map of each image of the folds, as a region's coefficient; one method after the other.

    It follows from any region: its mean is its share of the whole map times that sum.
    """
    for of_policy in read.by_policy(inputs.files["coefficients"], [RAW, DENSITY], "folds", inputs.samples):
        keys = ["sample_id", "region"]
        share = of_policy[DENSITY].set_index(keys)["coefficient"]
        raw = of_policy[RAW].set_index(keys)
        level = raw["coefficient"] / share.where(share > 0)
        table = raw.assign(coefficient=level).reset_index().sort_values("coefficient", na_position="last")
        yield {"level": table.drop_duplicates("sample_id").assign(region="whole map")}


@analysis(
    "map_level",
    title="Is only the whole map stronger?",
    place=2,
    needs=("tests", "coefficients"),
    caption=(
        "Tests of the level of the whole map (the sum of its absolute values) of each syndrome against the control,"
        " with the unit and correction of the corrected variant: unscaled coefficients carry it, scaled ones do not."
    ),
)
def map_level(inputs: AnalysisInputs) -> AnalysisResult:
    """The level of the whole map by method and syndrome, and how many significant tests of RQ1 lie where it differs.

    Parameters
    ----------
    inputs : AnalysisInputs
        Tests, coefficients and settings.

    Returns
    -------
    AnalysisResult
        One row per method and syndrome, with the significant regions of every variant; shown: by method.
    """
    if not _has_policies(inputs):
        return AnalysisResult(
            pd.DataFrame(columns=COLUMNS), pd.DataFrame(), [f"Needs the policies {RAW} and {DENSITY}."]
        )
    corrected = inputs.corrected
    who = {"control": inputs.settings["control"], "syndromes": inputs.settings["syndromes"]}
    variant = {**corrected, "policy": {"rq1": "level"}, "without": []}
    tested = run_tests(_levels(inputs), **who, variants={"level": variant}, bootstrap=None, seed=inputs.seed)["level"]
    table = tested[COLUMNS].copy()
    differs = (table["p"] < corrected["alpha"]).set_axis(pd.MultiIndex.from_frame(table[KEYS]))
    shown = table.groupby("method", sort=False).agg(
        Syndromes=("p", "count"), Differ=("p", lambda p: int((p < corrected["alpha"]).sum()))
    )
    shown["Median |r|"] = [
        number(v, 2) for v in table["rank_biserial"].abs().groupby(table["method"], sort=False).median()
    ]
    notes = [f"Differ: uncorrected p below {corrected['alpha']:g}, in {int(differs.sum())} of {len(table)}."]
    for name in inputs.settings["variants"]:
        tests = inputs.tests_of(name)
        tests = tests[tests["significant"].eq(True)]
        counts = tests.groupby(KEYS).size()
        table[f"significant_{name}"] = counts.reindex(differs.index, fill_value=0).to_numpy()
        there = int(differs.reindex(pd.MultiIndex.from_frame(tests[KEYS])).eq(True).sum())
        shown[f"Significant, {name}"] = tests.groupby("method").size().reindex(shown.index, fill_value=0)
        share = f" ({100 * there / len(tests):.0f} %)" if len(tests) else ""
        notes.append(f"{name}: {there} of {len(tests)} significant tests{share} lie where the level differs.")
    return AnalysisResult(table, shown.rename_axis("Method").reset_index().astype(str), notes)
