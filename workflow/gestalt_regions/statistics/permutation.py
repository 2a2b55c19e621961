"""A permutation test beside each test of RQ1: the same statistic, with the labels of the units shuffled."""

from __future__ import annotations

import itertools
from math import comb

import numpy as np
import pandas as pd
from scipy import stats

from gestalt_regions.statistics.layout import number
from gestalt_regions.statistics.rq1 import units
from gestalt_regions.statistics.study import Result, Study, finite

ROUNDING = 1e-9  # of the largest sum: sums that differ by less are equal


def draws(n_x: int, n: int, permutations: int, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
    """Which of n items are in the first group of n_x: float64 [P, n], and whether these are all possible choices."""
    if comb(n, n_x) <= permutations:
        members = np.array(list(itertools.combinations(range(n), n_x)))
        exact = True
    else:
        members = np.argpartition(rng.random((permutations, n)), n_x, axis=1)[:, :n_x]
        exact = False
    chosen = np.zeros((len(members), n))
    np.put_along_axis(chosen, members, 1, axis=1)
    return chosen, exact


def permutation_p(values: np.ndarray, n_x: int, chosen: np.ndarray, exact: bool) -> float:
    """Two-sided p of the sum of the first n_x values among all choices: twice the smaller tail, as SciPy has it.

    For given values, Student's t and the difference of means grow with that sum, and U with that of the ranks. Random
    choices count the observed one as well, so that p is never 0 (Phipson and Smyth, 2010).
    """
    observed, sums = values[:n_x].sum(), chosen @ values
    tolerance = ROUNDING * max(abs(observed), np.abs(sums).max())
    tails = np.array([(sums <= observed + tolerance).sum(), (sums >= observed - tolerance).sum()])
    share = tails / len(sums) if exact else (tails + 1) / (len(sums) + 1)
    return float(min(1.0, 2 * share.min()))


def permutation(study: Study) -> Result:
    """p of each test of the corrected variant beside its permutation p; units without a value are left out."""
    count, level = study.settings["permutations"], study.corrected["assumption_level"]
    values = units(study.coefficients("rq1", "folds"), study.corrected["unit"])
    cells = {key: finite(cell["coefficient"]) for key, cell in values.groupby(["method", "region", "label"])}
    drawn, rows = {}, []
    for test in study.tests_of("corrected").itertuples():
        row = {"method": test.method, "syndrome": test.syndrome, "region": test.region, "test": test.test, "p": test.p}
        p, exact, note, used = np.nan, None, test.note, 0
        if np.isfinite(test.p):
            x, y = (cells[test.method, test.region, who] for who in (test.syndrome, study.settings["control"]))
            size = len(x), len(x) + len(y)
            if size not in drawn:
                drawn[size] = draws(*size, count, study.rng("permutation", *size))
            chosen, exact = drawn[size]
            pooled = np.concatenate([x, y])
            pooled = pooled - pooled.mean() if test.test == "t-test" else stats.rankdata(pooled)
            p, used = permutation_p(pooled, len(x), chosen, exact), len(chosen)
        rows.append(row | {"p_permutation": p, "permutations": used, "exact": exact, "note": note})
    table = pd.DataFrame(rows)
    agree = ((table["p"] < level) == (table["p_permutation"] < level)).where(table["p"].notna())
    table.insert(len(table.columns) - 1, "agree", agree.astype(object))
    shown = []
    for method, part in table[table["p"].notna()].groupby("method", sort=False):
        apart = (part["p"] - part["p_permutation"]).abs()
        shown.append({
            "Method": method, "Tests": str(len(part)), "t-tests": str(int((part["test"] == "t-test").sum())),
            "Largest difference of p": number(apart.max(), 4), "Median difference": number(apart.median(), 4),
            f"Other side of {level:g}": str(int((part["agree"] == False).sum())),  # noqa: E712
        })  # fmt: skip
    notes = [f"{count} random permutations of the units, or all where there are fewer; p uncorrected."]
    if study.corrected["unit"] == "subject":
        notes.append("Subjects of one kin group are permuted as independent.")
    return Result(table, pd.DataFrame(shown), notes)
