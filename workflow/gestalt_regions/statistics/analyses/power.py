"""The smallest effects this cohort could have found."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.power import TTestIndPower

from gestalt_regions.core import io
from gestalt_regions.statistics.analyses.analysis_inputs import AnalysisInputs, AnalysisResult
from gestalt_regions.statistics.analyses.analysis_registry import analysis
from gestalt_regions.statistics.toolkit.table_text import number

MINIMUM = 3
MANN_WHITNEY = 3 / math.pi  # asymptotic efficiency against the t-test for normal values (Lehmann 1975)
SPEARMAN = 1.06  # variance of Fisher's z of Spearman's coefficient, times (n - 3) (Fieller et al. 1957)
COLUMNS = ["question", "comparison", "n", "n_other", "alpha", "family", "power", "effect", "smallest", "note"]


def smallest_d(n: float, n_other: float, alpha: float, power: float) -> float:
    """Cohen's d that a two-sided t-test finds with this power.

    Parameters
    ----------
    n, n_other : float
        Sizes of the two groups.
    alpha : float
        Level of the test.
    power : float
        From 0 to 1.

    Returns
    -------
    float
        NaN where no effect is enough or a group is tiny.
    """
    if min(n, n_other) < MINIMUM:
        return float("nan")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # statsmodels warns, and returns an array, where the solver fails
        try:
            return float(TTestIndPower().solve_power(None, n, alpha, power, n_other / n, "two-sided"))
        except (UserWarning, RuntimeWarning, ValueError):
            return float("nan")


def smallest_rho(n: float, alpha: float, power: float, *, controlled: int = 0, variance: float = SPEARMAN) -> float:
    """Correlation that a two-sided test of Fisher's z finds with this power.

    Parameters
    ----------
    n : float
        Number of values.
    alpha : float
        Level of the test.
    power : float
        From 0 to 1.
    controlled : int
        Terms that a partial correlation holds constant; each takes a degree of freedom.
    variance : float
        Of Fisher's z, times (n - 3); that of Spearman's coefficient (Fieller et al. 1957).

    Returns
    -------
    float
        NaN for fewer than 4 values beyond those terms.
    """
    n = n - controlled
    if n <= MINIMUM:
        return float("nan")
    reach = stats.norm.isf(alpha / 2) + stats.norm.ppf(power)
    return float(np.tanh(reach * math.sqrt(variance / (n - 3))))


@analysis(
    "power",
    title="The smallest effect that could have been found",
    question="RQ1, RQ2",
    place=8,
    needs=("tests", "table4"),
    caption=(
        "The smallest effect that this cohort could have found, for one test alone and within the family of tests."
    ),
)
def power(inputs: AnalysisInputs) -> AnalysisResult:
    """Per syndrome: Cohen's d against the control, alone and within the family; and the correlation of RQ2.

    The corrected level is the Bonferroni one, alpha over the family's size: that of Holm's first step.

    Parameters
    ----------
    inputs : AnalysisInputs
        Tests, coefficients and settings.

    Returns
    -------
    AnalysisResult
        One row per comparison, effect and family size.
    """
    wanted, variant, rows = inputs.settings["power"], inputs.corrected, []
    tests = inputs.tests_of("corrected")
    family = max(1, int(tests.loc[tests["same_as"] == "", "p"].notna().sum()))
    for syndrome, cell in tests.groupby("syndrome", sort=False):
        x, y = int(cell["n_syndrome"].max()), int(cell["n_control"].max())
        for size in (1, family):
            level = variant["alpha"] / size
            facts = {"question": "RQ1", "comparison": syndrome, "n": x, "n_other": y, "alpha": level, "family": size}
            # a Mann-Whitney U test of n values is worth a t-test of about 0.955 n
            smallest = {
                "Cohen's d, t-test": smallest_d(x, y, level, wanted),
                "Cohen's d, Mann-Whitney U": smallest_d(x * MANN_WHITNEY, y * MANN_WHITNEY, level, wanted),
            }
            for effect, value in smallest.items():
                note = "" if np.isfinite(value) else "groups too small"
                rows.append(facts | {"power": wanted, "effect": effect, "smallest": value, "note": note})
    table4 = io.read_table(inputs.files["table4"], ["n", "groups", "syndromes", "correlation", "method", "region"])
    # a correlation within syndromes has a term for each syndrome but one
    terms = 0 if variant["correlation"] == "pooled" else max(0, int(table4["syndromes"].max()) - 1)
    cells = max(1, int(table4["rho_mean"].notna().sum()))
    for unit, n in (("images", int(table4["n"].max())), ("kin groups", int(table4["groups"].max()))):
        for size in (1, cells):
            level = variant["alpha"] / size
            value = smallest_rho(n, level, wanted, controlled=terms)
            note = "one fold model; images of one subject counted as independent" if unit == "images" else "one model"
            facts = {"question": "RQ2", "comparison": f"held-out {unit}", "n": n, "n_other": 0, "alpha": level}
            facts |= {"family": size, "power": wanted, "effect": "Spearman rho", "smallest": value}
            note += f"; {terms} terms of syndromes" if terms else ""
            rows.append(facts | {"note": note if np.isfinite(value) else "too few annotated images"})
    table = pd.DataFrame(rows, columns=COLUMNS)
    shown = []
    for (question, comparison, effect), part in table.groupby(["question", "comparison", "effect"], sort=False):
        n = part["n"].iloc[0]
        sizes = f"{n}" if question == "RQ2" else f"{n} against {part['n_other'].iloc[0]}"
        row = {"Comparison": f"{question}, {comparison}", "Effect": effect, "n": sizes}
        shown.append(
            row | {"One test": number(part["smallest"].iloc[0], 2), "Family": number(part["smallest"].iloc[-1], 2)}
        )
    notes = [f"Power {wanted:g}, two-sided, alpha {variant['alpha']:g}; family: {family} tests of RQ1, {cells} of RQ2."]
    return AnalysisResult(table, pd.DataFrame(shown), notes)
