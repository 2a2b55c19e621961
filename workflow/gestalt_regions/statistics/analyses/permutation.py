"""A permutation test beside each test of RQ1: the same statistic, with the labels of the units shuffled."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from math import comb

import numpy as np
import pandas as pd
from scipy import stats

from gestalt_regions.statistics.analyses.analysis_inputs import AnalysisInputs, AnalysisResult, finite
from gestalt_regions.statistics.analyses.analysis_registry import analysis
from gestalt_regions.statistics.table3_rq1 import units
from gestalt_regions.statistics.toolkit.bootstrap import BLOCK
from gestalt_regions.statistics.toolkit.table_text import number

ROUNDING = 1e-9  # of the largest sum: sums that differ by less are equal


def draw_choices(n_x: int, n: int, permutations: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Which of n items are in the first group: random choices, or all of them (see `is_exact`).

    Parameters
    ----------
    n_x : int
        Size of the first group.
    n : int
        Number of items.
    permutations : int
        Choices at most.
    rng : numpy.random.Generator
        Draws them.

    Yields
    ------
    numpy.ndarray
        float64 [some choices, n], 1 for an item of the first group.
    """
    if is_exact(n_x, n, permutations):
        parts = iter([np.array(list(itertools.combinations(range(n), n_x)))])
    else:
        step = max(1, BLOCK // (8 * n))
        sizes = (min(step, permutations - start) for start in range(0, permutations, step))
        parts = (np.argpartition(rng.random((size, n)), n_x, axis=1)[:, :n_x] for size in sizes)
    for members in parts:
        chosen = np.zeros((len(members), n))
        np.put_along_axis(chosen, members, 1, axis=1)
        yield chosen


def is_exact(n_x: int, n: int, permutations: int) -> bool:
    """Whether `draw_choices` gives all possible choices, rather than random ones.

    Parameters
    ----------
    n_x : int
        Size of the first group.
    n : int
        Number of items.
    permutations : int
        Choices at most.

    Returns
    -------
    bool
        True where there are no more possible choices than that.
    """
    return comb(n, n_x) <= permutations


def permutation_p(values: np.ndarray, n_x: int, sums: np.ndarray, every: bool) -> float:
    """Two-sided p of the sum of the first group among the sums of other choices.

    It is twice the smaller tail, as SciPy has it. For given values, Student's t and the difference of means grow with
    that sum, and U with that of the ranks. Random choices count the observed one as well, so that p is never 0 (Phipson
    and Smyth, 2010).

    Parameters
    ----------
    values : numpy.ndarray
        Values [n], the first group first.
    n_x : int
        Size of the first group.
    sums : numpy.ndarray
        Sum of the first group in each choice [P].
    every : bool
        Whether `sums` are of all choices.

    Returns
    -------
    float
        p, 0 to 1.
    """
    observed = values[:n_x].sum()
    tolerance = ROUNDING * max(abs(observed), np.abs(sums).max())
    tails = np.array([(sums <= observed + tolerance).sum(), (sums >= observed - tolerance).sum()])
    share = tails / len(sums) if every else (tails + 1) / (len(sums) + 1)
    return float(min(1.0, 2 * share.min()))


def _of_tests(tests: list[tuple[dict, np.ndarray, int]], inputs: AnalysisInputs) -> None:
    """Put p_permutation, permutations and exact into the rows of `tests`: row, pooled values, size of its first group.

    Tests of as many units share their permutations.
    """
    count = inputs.settings["permutations"]
    sizes: dict[tuple[int, int], list[tuple[dict, np.ndarray]]] = {}
    for row, pooled, n_x in tests:
        sizes.setdefault((n_x, len(pooled)), []).append((row, pooled))
    for (n_x, n), members in sizes.items():
        every, values = is_exact(n_x, n, count), np.stack([pooled for _, pooled in members])
        rng = inputs.rng("permutation", n_x, n)
        sums = np.concatenate([chosen @ values.T for chosen in draw_choices(n_x, n, count, rng)])
        for (row, pooled), test_sums in zip(members, sums.T, strict=True):
            p = permutation_p(pooled, n_x, test_sums, every)
            row.update(p_permutation=p, permutations=len(test_sums), exact=every)


@analysis(
    "permutation",
    title="Permutation tests beside the usual tests",
    place=4,
    needs=("tests", "coefficients"),
    caption=(
        "Permutation tests beside the tests of RQ1 (corrected variant): how far the p values lie apart, and how "
        "often they fall on different sides of alpha."
    ),
)
def permutation(inputs: AnalysisInputs) -> AnalysisResult:
    """p of each test of the corrected variant beside its permutation p.

    Units without a value are left out.

    Parameters
    ----------
    inputs : AnalysisInputs
        Tests, coefficients and settings.

    Returns
    -------
    AnalysisResult
        One row per test; shown: how far the two lie apart, by method.
    """
    count, level = inputs.settings["permutations"], inputs.corrected["alpha"]
    tests, rows = inputs.tests_of("corrected"), []
    for method, data in zip(inputs.methods, inputs.by_method("rq1", "folds"), strict=True):
        values = units(data, inputs.corrected["unit"]).groupby(["region", "label"])
        cells, asked = {key: finite(cell["coefficient"]) for key, cell in values}, []
        for test in tests[tests["method"] == method].itertuples():
            row = {"method": test.method, "syndrome": test.syndrome, "region": test.region, "test": test.test}
            row |= {"p": test.p, "p_permutation": np.nan, "permutations": 0, "exact": None, "note": test.note}
            rows.append(row)
            if np.isfinite(test.p):
                x, y = (cells[test.region, who] for who in (test.syndrome, inputs.settings["control"]))
                pooled = np.concatenate([x, y])
                pooled = pooled - pooled.mean() if test.test == "t-test" else stats.rankdata(pooled)
                asked.append((row, pooled, len(x)))
        _of_tests(asked, inputs)
    table = pd.DataFrame(rows)
    agree = ((table["p"] < level) == (table["p_permutation"] < level)).where(table["p"].notna())
    table.insert(len(table.columns) - 1, "agree", agree.astype(object))
    shown = []
    for method, part in table[table["p"].notna()].groupby("method", sort=False):
        apart = (part["p"] - part["p_permutation"]).abs()
        shown.append(
            {
                "Method": method,
                "Tests": str(len(part)),
                "t-tests": str(int((part["test"] == "t-test").sum())),
                "Largest difference of p": number(apart.max(), 4),
                "Median difference": number(apart.median(), 4),
                f"Other side of {level:g}": str(int((part["agree"] == False).sum())),  # noqa: E712
            }
        )
    notes = [f"{count} random permutations of the units, or all where there are fewer; p uncorrected."]
    if inputs.corrected["unit"] != "kin_group":
        notes.append(f"{inputs.corrected['unit'].capitalize()}s of one kin group are permuted as independent.")
    return AnalysisResult(table, pd.DataFrame(shown), notes)
