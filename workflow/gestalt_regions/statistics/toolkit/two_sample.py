"""The two-sample procedure of RQ1 (section 4.4): assumption tests decide between t-test and Mann-Whitney U."""

from __future__ import annotations

import warnings

import numpy as np
from scipy import stats

from gestalt_regions.statistics.toolkit.bootstrap import rank_biserial

MINIMUM = 3  # Shapiro-Wilk is not defined below three values
NAMES = ["shapiro_p_control", "shapiro_p_syndrome", "levene_p", "test", "statistic", "p", "cohens_d", "rank_biserial"]


def _constant(values: np.ndarray) -> bool:
    return bool(np.ptp(values) <= 1e-12 * np.abs(values).max())


def cohens_d(syndrome: np.ndarray, control: np.ndarray) -> float:
    """Standardised mean difference, syndrome minus control, with the pooled standard deviation.

    Parameters
    ----------
    syndrome : numpy.ndarray
        Values [n].
    control : numpy.ndarray
        Values [m].

    Returns
    -------
    float
        NaN where both groups are constant.
    """
    n1, n2 = len(syndrome), len(control)
    pooled = ((n1 - 1) * syndrome.var(ddof=1) + (n2 - 1) * control.var(ddof=1)) / (n1 + n2 - 2)
    if _constant(syndrome) and _constant(control):
        return float("nan")
    return float((syndrome.mean() - control.mean()) / np.sqrt(pooled))


def compare(control: np.ndarray, syndrome: np.ndarray, level: float = 0.05) -> dict[str, float | str]:
    """Compare two groups of coefficients with a two-sided test (Sümer et al. 2023, section 4.4).

    Student's t-test if Shapiro-Wilk does not reject normality in either group and Levene (median-centred) does not
    reject equal variances; else Mann-Whitney U. Effect sizes are positive where the syndrome is larger.

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
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "scipy.stats.shapiro: For N > 5000")  # the note says it
                row["shapiro_p_control"] = float(stats.shapiro(y).pvalue)
                row["shapiro_p_syndrome"] = float(stats.shapiro(x).pvalue)
            row["levene_p"] = float(stats.levene(y, x).pvalue)
            assumptions = ("shapiro_p_control", "shapiro_p_syndrome", "levene_p")
            parametric = min(float(row[name]) for name in assumptions) > level
        if parametric:
            result, row["test"] = stats.ttest_ind(x, y), "t-test"
        else:
            result, row["test"] = stats.mannwhitneyu(x, y, alternative="two-sided"), "Mann-Whitney U"
        row["statistic"], row["p"] = float(result.statistic), float(result.pvalue)
        row["cohens_d"], row["rank_biserial"] = cohens_d(x, y), rank_biserial(x, y)
    row["note"] = "; ".join(notes)
    return row
