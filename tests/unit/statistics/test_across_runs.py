"""Tables over several training runs: planted runs are covered as promised, and every table's rows are joined."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.statistics.across_runs import across_runs, with_another_run
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval

LEVEL, RUNS, FAMILIES, STUDIES = 0.95, 5, 60, 400
SURE = 3 * np.sqrt(LEVEL * (1 - LEVEL) / STUDIES)  # three standard errors of a share of STUDIES


def covered(run_sd: float, own_sd: float) -> tuple[float, float]:
    """How often the interval with another run, and that over families alone, hold the value of a further run.

    Families have values of standard deviation 1; every run adds an amount of its own to all of them (run_sd, in
    standard errors of their mean), and noise to each (own_sd).
    """
    hits = np.zeros(2)
    rng = np.random.default_rng(1)
    for _ in range(STUDIES):
        of_runs, further = np.split(rng.normal(0, run_sd / np.sqrt(FAMILIES), RUNS + 1), [RUNS])
        noise = rng.normal(0, own_sd, (FAMILIES, RUNS))
        values = rng.normal(0, 1, FAMILIES)[:, None] + of_runs + noise
        drawn = Weights(list(map(str, range(FAMILIES))), 300, rng).means(values)  # the same families in all runs
        lows, highs = np.transpose([interval(of_run, LEVEL, FAMILIES) for of_run in drawn.T])
        row = with_another_run(values.mean(axis=0)[None], lows[None], highs[None], LEVEL)
        hits += [row[f"{kind}low"][0] <= further[0] <= row[f"{kind}high"][0] for kind in ("", "families_")]
    return tuple(hits / STUDIES)


@pytest.mark.parametrize("run_sd", [0, 6])
def test_coverage_is_nominal_where_families_or_runs_alone_differ(run_sd):
    assert covered(run_sd, 0)[0] == pytest.approx(LEVEL, abs=SURE)


@pytest.mark.parametrize(("run_sd", "own_sd"), [(0.5, 0), (1, 0), (1, 0.7), (2, 0.7)])
def test_another_run_is_covered_where_both_differ(run_sd, own_sd):
    assert covered(run_sd, own_sd)[0] > LEVEL - SURE


def test_families_alone_do_not_cover_another_run():
    assert covered(2, 0)[1] < LEVEL - SURE


def test_equal_runs_give_the_interval_over_families():
    row = with_another_run(np.full((1, 3), 0.5), np.full((1, 3), 0.4), np.full((1, 3), 0.7), LEVEL)
    given = {key: row[key][0] for key in ("value", "run_sd", "low", "high", "families_low", "families_high")}
    assert given == pytest.approx(
        {"value": 0.5, "run_sd": 0, "low": 0.4, "high": 0.7, "families_low": 0.4, "families_high": 0.7}
    )


def test_without_families_it_is_students_prediction_of_another_run():
    values = np.array([[0.2, 0.5, 0.4]])
    row = with_another_run(values, values, values, LEVEL)
    mean, sd = values.mean(), values.std(ddof=1)
    assert row["run_sd"][0] == pytest.approx(sd)
    assert row["high"][0] - mean == pytest.approx(4.302653 * sd * np.sqrt(4 / 3), rel=1e-6)  # t table, 2 degrees
    assert (row["lowest_run"][0], row["highest_run"][0]) == (0.2, 0.5)


def test_one_run_has_no_interval_with_another_and_none_has_no_value():
    values = np.array([[0.2, np.nan], [np.nan, np.nan]])
    row = with_another_run(values, values, values, LEVEL)
    assert row["runs"].tolist() == [1, 0]
    assert row["value"][0] == 0.2 and row["families_low"][0] == 0.2
    assert np.isnan([row["run_sd"][0], row["low"][0], row["value"][1], row["lowest_run"][1]]).all()


def test_a_run_without_an_interval_leaves_none():
    row = with_another_run(np.array([[0.2, 0.3]]), np.array([[0.1, np.nan]]), np.array([[0.4, np.nan]]), LEVEL)
    assert np.isfinite(row["run_sd"][0]) and np.isnan([row["low"][0], row["families_low"][0]]).all()


@pytest.fixture
def joined(tmp_path):
    """joined(name, table of run 1, ...): the table over the runs."""

    def join(name: str, *tables: pd.DataFrame) -> pd.DataFrame:
        paths = [tmp_path / f"{number}.csv" for number in range(len(tables))]
        for table, path in zip(tables, paths, strict=True):
            table.to_csv(path, index=False)
        return across_runs(list(map(str, paths)), name, ranges={"auc": (0, 1)}, level=LEVEL)

    return join


def scores(value: float, beats: object, method: str = "GradCam") -> pd.DataFrame:
    row = {"group": "recovery", "measure": "auc", "region_set": "fine", "policy": "", "fold": "all", "method": method}
    row |= {"network": "trained", "control": False, "value": value, "low": value - 0.1, "high": value + 0.1}
    return pd.DataFrame([row | {"beats_control": beats}])


def test_no_interval_reaches_beyond_what_is_possible(joined):
    row = joined("scores", scores(0.9, True), scores(0.6, False)).iloc[0]
    assert (row["value"], row["low"], row["high"], row["beats_control_runs"]) == (0.75, 0, 1, 1)


def test_rows_that_a_run_lacks_are_joined_of_the_others(joined):
    both = pd.concat([scores(0.7, True), scores(0.5, "", "Sobel")])
    table = joined("scores", scores(0.8, True), both, both).set_index("method")
    assert table["runs"].to_dict() == {"GradCam": 3, "Sobel": 2}
    assert table.loc["GradCam", "beats_control_runs"] == 3
    assert pd.isna(table.loc["Sobel", "beats_control_runs"])  # not judged


def test_a_row_that_is_there_twice_is_refused(joined):
    with pytest.raises(InputError, match=r"1\.csv: the row recovery, auc, .* is there twice"):
        joined("scores", scores(0.8, True), pd.concat([scores(0.7, True)] * 2))


def test_counts_of_table_3_have_a_row_for_each_syndrome(joined):
    table = pd.DataFrame(
        {"region": ["eyes", "nose"], "KS": [3, 0], "NS": [5, 1], "methods": 15, "variant": "corrected"}
    )
    second = table.assign(KS=[5, 0])
    rows = joined("table3", table, second).set_index(["syndrome", "region"])
    assert rows.loc[("KS", "eyes"), "value"] == 4 and rows.loc[("KS", "eyes"), "run_sd"] == pytest.approx(np.sqrt(2))
    assert rows.loc[("NS", "nose"), "value"] == 1 and set(rows["statistic"]) == {"significant"}


def test_table_4_has_both_correlations_where_it_holds_both(joined):
    cells = {"variant": ["corrected"], "method": ["LRP"], "region": ["eyes"], "policy": ["absolute_minmax"]}
    within = pd.DataFrame(cells | {"rho_mean": 0.3, "rho_low": 0.1, "rho_high": 0.5})
    both = within.assign(pooled_mean=0.6, pooled_low=0.4, pooled_high=0.8)
    assert joined("table4", both, both)["statistic"].tolist() == ["rho", "pooled"]
    assert joined("table4_as_published", within, within)["statistic"].tolist() == ["rho"]


def test_ranks_lie_between_first_and_last_also_where_a_run_ranks_fewer_methods(joined):
    row = {"scope": "all", "group": "", "measure": "", "region_set": "", "policy": "", "method": "LRP"}
    first, second = (
        pd.DataFrame([row | {"control": False, "rank": rank, "low": rank, "high": rank, "methods": methods}])
        for rank, methods in ((1.5, 3), (3, 4))
    )
    ranks = joined("ranking", first, second).iloc[0]
    assert (ranks["value"], ranks["low"], ranks["high"]) == (2.25, 1, 4)
