"""What changes between a variant of Tables 3 and 4 and the corrected one, cell by cell, and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from gestalt_regions.core import io
from gestalt_regions.statistics.analyses.analysis_inputs import AnalysisInputs, AnalysisResult
from gestalt_regions.statistics.analyses.analysis_registry import analysis
from gestalt_regions.statistics.table3_rq1 import corrected_p, policies, run_tests
from gestalt_regions.statistics.toolkit import read, table_text
from gestalt_regions.statistics.toolkit.table_text import number
from gestalt_regions.statistics.variants import CORRECTED

STEPS = ("copy slip", "methods", "scale", "unit", "correction and family", "alpha")
COLUMNS_3 = ["variant", "region", "syndrome", "methods_tested", "printed", *STEPS, "corrected", "changed", "why"]
COLUMNS_4 = [
    "variant",
    "method",
    "region",
    "printed",
    "corrected",
    "change",
    "changed",
    "coefficient_between",
    "annotations_between",
    "why",
]


def _significant(tests: pd.DataFrame, variant: Mapping) -> pd.Series:
    """Which tests are significant by their uncorrected p under a variant's correction, family and alpha."""
    return corrected_p(tests, variant) < variant["alpha"]


def _named(methods: Sequence[str]) -> str:
    return " and ".join(methods) or "none"


def _phrases(other: Mapping, corrected: Mapping, slip: str) -> dict[str, str]:
    """What each step does, in words."""
    family = {"all": "over all methods, regions and syndromes", "method": "within one method"}
    return {
        "copy slip": f"the printed column repeats that of {slip}" if slip else "",
        "methods": f"methods left out: {_named(corrected['without'])} instead of {_named(other['without'])}",
        "scale": f"coefficients are {corrected['policy']['rq1']} instead of {other['policy']['rq1']}",
        "unit": f"units are {table_text.UNIT[corrected['unit']]} instead of {table_text.UNIT[other['unit']]}",
        "correction and family": (
            f"{corrected['correction']} {family[corrected['family']]} instead of {other['correction']} "
            f"{family[other['family']]}"
        ),
        "alpha": f"alpha {corrected['alpha']:g} instead of {other['alpha']:g}",
    }


def _tests_anew(inputs: AnalysisInputs, methods: Collection[str], variant: Mapping) -> pd.DataFrame:
    """The tests of some methods, none left out, without intervals."""
    paths = [path for path in inputs.files["coefficients"] if Path(path).stem in methods]
    variants = {"anew": {**variant, "without": []}}
    who = {"control": inputs.settings["control"], "syndromes": inputs.settings["syndromes"]}
    tables = read.by_policy(paths, policies(variants), "folds", inputs.samples)
    same = inputs.same_maps
    return run_tests(tables, **who, variants=variants, bootstrap=None, seed=inputs.seed, same=same)["anew"]


def _counts_of_steps(inputs: AnalysisInputs, name: str) -> pd.DataFrame:
    """Significant tests after each of STEPS, from a variant to the corrected one; index region, syndrome.

    The methods and the scale change p itself, so that the tests are made anew.
    """
    variant, corrected, tests = inputs.settings["variants"][name], inputs.corrected, inputs.tests_of(name)
    missing = set(inputs.methods) - set(tests["method"]) - set(corrected["without"])
    every = pd.concat([tests, _tests_anew(inputs, missing, variant)], ignore_index=True) if missing else tests
    every = every[~every["method"].isin(corrected["without"])]
    if variant["policy"]["rq1"] == corrected["policy"]["rq1"]:
        of_scale = every
    elif all(variant[key] == corrected[key] for key in ("unit", "assumption_level")):
        of_scale = inputs.tests_of(CORRECTED)
    else:
        of_scale = _tests_anew(inputs, set(every["method"]), {**variant, "policy": corrected["policy"]})
    last = inputs.tests_of(CORRECTED)
    flags = {
        "copy slip": (tests, variant),
        "methods": (every, variant),
        "scale": (of_scale, variant),
        "unit": (last, variant),
        "correction and family": (last, {**corrected, "alpha": variant["alpha"]}),
        "alpha": (last, corrected),
    }
    cells = ["region", "syndrome"]
    counts = {
        step: _significant(*of).groupby([of[0][c] for c in cells], sort=False).sum() for step, of in flags.items()
    }
    return pd.DataFrame(counts).reindex(counts["alpha"].index)


@analysis(
    "differences3",
    title="What changes between the variants of Table 3",
    place=9,
    needs=("tests", "coefficients"),
    caption=(
        "Cells of Table 3 that change between another variant and the corrected one, and what each change is due to."
    ),
)
def differences3(inputs: AnalysisInputs) -> AnalysisResult:
    """Table 3: counts after each of STEPS, from the variant's table to the corrected one.

    The steps are taken one after another.

    Parameters
    ----------
    inputs : AnalysisInputs
        Tests, coefficients and settings.

    Returns
    -------
    AnalysisResult
        One row per variant and cell; shown: the cells that change, and why.
    """
    corrected, rows = inputs.corrected, []
    for name, variant in inputs.settings["variants"].items():
        if name == CORRECTED:
            continue
        counts = _counts_of_steps(inputs, name)
        syndromes = list(counts.index.get_level_values("syndrome").unique())
        slips = {to: of for to, of in variant["copy_slip"].items() if to in syndromes and of in syndromes}
        for (region, syndrome), cell in counts.iterrows():
            printed = int(counts.loc[(region, slips.get(syndrome, syndrome)), "copy slip"])
            phrases, before, why = _phrases(variant, corrected, slips.get(syndrome, "")), printed, []
            for step in STEPS:
                if cell[step] != before:
                    why.append(f"{int(cell[step]) - before:+d}: {phrases[step]}")
                before = int(cell[step])
            row = {"variant": name, "region": region, "syndrome": syndrome, "printed": printed, "corrected": before}
            row |= {step: int(cell[step]) for step in STEPS} | {"methods_tested": len(inputs.methods)}
            rows.append(row | {"changed": printed != before or bool(why), "why": "; ".join(why)})
    table = pd.DataFrame(rows, columns=COLUMNS_3)
    changed = table[table["changed"]]
    shown = pd.DataFrame(
        {
            "Variant": changed["variant"],
            "Region": changed["region"],
            "Syndrome": changed["syndrome"],
            "Printed": changed["printed"].astype(str),
            "Corrected": changed["corrected"].astype(str),
            "Why": changed["why"],
        }
    )
    return AnalysisResult(table, shown, [f"{len(table) - len(changed)} of {len(table)} cells do not change."])


def between_share(values: np.ndarray, groups: np.ndarray) -> float:
    """Share of the variance of mid-ranks that lies between groups: eta squared, by pingouin.

    Parameters
    ----------
    values : numpy.ndarray
        Values [n]; NaN is left out.
    groups : numpy.ndarray
        Group of each value [n].

    Returns
    -------
    float
        From 0 to 1; NaN for a constant.
    """
    known = np.isfinite(values)
    ranks, groups = stats.rankdata(values[known]), groups[known]
    if len(ranks) < 2 or np.ptp(ranks) == 0:
        return float("nan")
    if len(np.unique(groups)) == 1:
        return 0.0
    import pingouin  # takes a second to import

    frame = pd.DataFrame({"rank": ranks, "group": groups})
    with np.errstate(all="ignore"):  # of the F test where nothing is left within the groups
        return float(pingouin.anova(frame, dv="rank", between="group")["np2"].iloc[0])


@analysis(
    "differences4",
    title="What changes between the variants of Table 4",
    question="RQ2",
    place=10,
    needs=("table4", "table4_folds", "coefficients", "annotations", "terms", "fold_audit"),
    caption=(
        "Table 4 in another variant and corrected, with the share of the variance of annotations and coefficients that "
        "lies between syndromes, which the pooled correlation counts."
    ),
)
def differences4(inputs: AnalysisInputs) -> AnalysisResult:
    """Table 4: the correlation of another variant, the corrected one, and how much lies between syndromes.

    Parameters
    ----------
    inputs : AnalysisInputs
        Tests, coefficients and settings.

    Returns
    -------
    AnalysisResult
        One row per variant, method and region.
    """
    shares = {}
    for data in inputs.by_method("rq2", "heldout"):
        counts, _ = read.annotation_counts(inputs.files["annotations"], inputs.files["terms"], data["region"].unique())
        for key, part in read.joined_annotations(data, counts).groupby(["method", "region"], sort=False):
            label = part["label"].to_numpy(str)
            shares[key] = {
                f"{column}_between": between_share(part[column].to_numpy(float), label)
                for column in ("coefficient", "annotations")
            }
    unknown = dict.fromkeys(("coefficient_between", "annotations_between"), float("nan"))
    cells = io.read_table(inputs.files["table4"], ["method", "region", "rho_mean", "correlation", "left_out"])
    folds = io.read_table(inputs.files["table4_folds"], ["variant", "correlation", "method", "region", "rho"])
    rows = []
    for name, variant in inputs.settings["variants"].items():
        if name == CORRECTED:
            continue
        of_variant = folds[(folds["variant"] == name) & (folds["correlation"] == variant["correlation"])]
        means = of_variant.groupby(["method", "region"])["rho"].mean()
        for cell in cells.itertuples():
            same = variant["correlation"] == cell.correlation
            printed = means.get((cell.method, cell.region), np.nan)
            between = shares.get((cell.method, cell.region), unknown)
            change = cell.rho_mean - printed
            why = []
            if variant["policy"]["rq2"] != inputs.corrected["policy"]["rq2"]:
                why.append(f"coefficients are {inputs.corrected['policy']['rq2']}, not {variant['policy']['rq2']}")
            if variant["heldout_leak"] == "report" and cell.left_out:
                why.append(f"{cell.left_out} images whose family is also in the folds are left out")
            if not same:
                why.append(
                    f"{number(100 * between['annotations_between'], 0)}% of the variance of the annotations' ranks and "
                    f"{number(100 * between['coefficient_between'], 0)}% of the coefficients' lie between syndromes, "
                    "which the printed correlation counts and the corrected one leaves out"
                )
            row = {"variant": name, "method": cell.method, "region": cell.region, "printed": printed}
            row |= {"corrected": cell.rho_mean, "change": change, "changed": bool(why)} | between
            rows.append(row | {"why": "; ".join(why)})
    table = pd.DataFrame(rows, columns=COLUMNS_4)
    shown = pd.DataFrame(
        {
            "Variant": table["variant"],
            "Method": table["method"],
            "Region": table["region"],
            "Printed": [number(v, 2) for v in table["printed"]],
            "Corrected": [number(v, 2) for v in table["corrected"]],
            "Annotations between syndromes": [number(v, 2) for v in table["annotations_between"]],
            "Coefficients between syndromes": [number(v, 2) for v in table["coefficient_between"]],
        }
    )
    notes = ["Printed: the variant's. Corrected: within syndromes. Shares of the variance of mid-ranks."]
    return AnalysisResult(table, shown, notes)
