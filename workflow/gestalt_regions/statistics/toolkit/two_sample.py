"""The two-sample procedure of RQ1 (section 4.4): assumption tests decide between t-test and Mann-Whitney U.

Tests and effect sizes are pingouin's.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from scipy import stats

from gestalt_regions.statistics.toolkit.p_values import bounded

MINIMUM = 3  # Shapiro-Wilk is not defined below three values
PAIRS = 1_000_000  # pingouin's mwu holds all n x m differences, which a large cohort has no memory for
NAMES = ["shapiro_p_control", "shapiro_p_syndrome", "levene_p", "test", "statistic", "p", "cohens_d", "rank_biserial"]


def _constant(values: np.ndarray) -> bool:
    return bool(np.ptp(values) <= 1e-12 * np.abs(values).max())


def _assumptions(y: np.ndarray, x: np.ndarray) -> dict[str, float]:
    """p of Shapiro-Wilk in either group, and of Levene (median-centred)."""
    import pingouin  # takes a second to import, and not every job that imports this module compares

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "scipy.stats.shapiro: For N > 5000")  # the note says it
        normal = pingouin.normality(pd.DataFrame({"control": pd.Series(y), "syndrome": pd.Series(x)}))["pval"]
    levene = pingouin.homoscedasticity([y, x])["pval"].iloc[0]
    p = {"shapiro_p_control": normal["control"], "shapiro_p_syndrome": normal["syndrome"], "levene_p": levene}
    return {name: float(bounded(value)) for name, value in p.items()}


def mann_whitney(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Mann-Whitney U of x against y, two-sided.

    Parameters
    ----------
    x : numpy.ndarray
        Values [n].
    y : numpy.ndarray
        Values [m].

    Returns
    -------
    tuple of float
        U and p; by SciPy, which pingouin calls, where n x m is more than PAIRS.
    """
    import pingouin

    if len(x) * len(y) > PAIRS:
        test = stats.mannwhitneyu(x, y)
        return float(test.statistic), float(test.pvalue)
    row = pingouin.mwu(x, y).iloc[0]
    return float(row["U_val"]), float(row["p_val"])


def compare(control: np.ndarray, syndrome: np.ndarray, level: float = 0.05) -> dict[str, float | str]:
    """Compare two groups of coefficients with a two-sided test (Sümer et al. 2023, section 4.4).

    Student's t-test if Shapiro-Wilk does not reject normality in either group and Levene (median-centred) does not
    reject equal variances; else Mann-Whitney U. Effect sizes (Cohen's d with the pooled standard deviation, and the
    rank-biserial correlation) are positive where the syndrome is larger.

    Parameters
    ----------
    control : numpy.ndarray
        Coefficients [m]; NaN is left out.
    syndrome : numpy.ndarray
        Coefficients [n]; NaN is left out.
    level : float
        Of the tests of the assumptions.

    Returns
    -------
    dict
        The fields NAMES and `note`; what cannot be computed is NaN, and the note says why.
    """
    import pingouin

    row: dict[str, float | str] = dict.fromkeys(NAMES, float("nan")) | {"test": "none", "note": ""}
    notes = []
    y, x = (values[np.isfinite(values)] for values in (np.asarray(control, float), np.asarray(syndrome, float)))
    dropped = len(control) + len(syndrome) - len(x) - len(y)
    if dropped:
        notes.append(f"{dropped} undefined coefficients left out")
    if min(len(x), len(y)) < MINIMUM:
        notes.append(f"not tested: fewer than {MINIMUM} values ({len(y)} control, {len(x)} syndrome)")
    elif _constant(np.concatenate([x, y])):
        notes.append("not tested: all values are equal")
    else:
        parametric = False
        if _constant(x) or _constant(y):
            notes.append("one group is constant: normality cannot hold, Mann-Whitney U taken")
        else:
            if max(len(x), len(y)) > 5000:
                notes.append("more than 5,000 values: Shapiro-Wilk p is approximate")
            assumptions = _assumptions(y, x)
            row |= assumptions
            parametric = min(assumptions.values()) > level
        if parametric:
            with np.errstate(all="ignore"):  # of the Bayes factor of extreme values, which is not used
                student = pingouin.ttest(x, y, correction=False).iloc[0]  # equal variances: not Welch's test
            row["test"], statistic, p = "t-test", float(student["T"]), float(student["p_val"])
        else:
            row["test"] = "Mann-Whitney U"
            statistic, p = mann_whitney(x, y)
        row["statistic"], row["p"] = statistic, float(bounded(p))
        if not (_constant(x) and _constant(y)):
            row["cohens_d"] = float(pingouin.compute_effsize(x, y, eftype="cohen"))
        # share of the pairs in which x is larger, ties as a half, from -1 to 1 (Kerby 2014)
        row["rank_biserial"] = float(2 * pingouin.compute_effsize(x, y, eftype="cles") - 1)
    row["note"] = "; ".join(notes)
    return row
