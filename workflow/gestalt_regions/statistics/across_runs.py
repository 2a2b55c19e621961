"""Tables over several training runs of one network: how much another run would change, and intervals that include it.

Faces and folds are the same in all runs, and so are the kin groups that the bootstrap draws. A value is the mean over
the runs. Two things make it uncertain: which families there are (the mean of the runs' own intervals), and which run
was trained (Student's prediction of one further run: t * sd * sqrt(1 + 1/runs)). Their distances from the value are
joined as the root of the sum of squares (Zou and Donner, Statistics in Medicine 27, 2008). To draw families and one of
the runs at random instead would be too sure: of five runs, none is further away than the farthest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.statistics.toolkit.read import load_samples, simulated_phrase

SUMMARY = ["runs", "value", "run_sd", "low", "high", "families_low", "families_high", "lowest_run", "highest_run"]


@dataclass(frozen=True)
class RunTable:
    """What is joined of one table.

    Attributes
    ----------
    keys : tuple of str
        Columns that name a row, the same in every run.
    statistics : mapping of str to tuple of str
        Name -> its column; and those of its interval, where the table has one.
    limits : tuple of float
        Lowest and highest possible value; NaN where they differ by row.
    verdict : str
        A column of yes and no, of which the runs with yes are counted; "" for none.
    most : str
        A column with the highest possible value, which may differ between runs; "" for none.
    """

    keys: tuple[str, ...]
    statistics: Mapping[str, tuple[str, ...]]
    limits: tuple[float, float]
    verdict: str = ""
    most: str = ""
    columns: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        named = [column for columns in self.statistics.values() for column in columns]
        object.__setattr__(self, "columns", (*self.keys, *named, *filter(None, (self.verdict, self.most))))


SHARE, CORRELATION, BY_ROW, COUNT = (0.0, 1.0), (-1.0, 1.0), (np.nan, np.nan), (0.0, np.inf)
RUN_TABLES = {  # a regular expression of the table's name -> what is joined of it
    "table2": RunTable(("class",), {name: (f"{name}_mean",) for name in ("precision", "recall", "f1")}, SHARE),
    "table2_accuracy": RunTable(("quantity",), {"accuracy": ("mean", "low", "high")}, SHARE),
    "table3_tests": RunTable(
        ("variant", "method", "syndrome", "region", "policy"),
        {"rank_biserial": ("rank_biserial", "rank_biserial_low", "rank_biserial_high")},
        CORRELATION,
        "significant",
    ),
    "table3(_.+)?": RunTable(("variant", "region", "syndrome"), {"significant": ("significant",)}, COUNT),
    "table4(_.+)?": RunTable(
        ("variant", "method", "region", "policy"),
        {name: (f"{name}_mean", f"{name}_low", f"{name}_high") for name in ("rho", "ranked", "partial", "pooled")},
        CORRELATION,
    ),
    "scores": RunTable(
        ("group", "measure", "region_set", "policy", "fold", "method", "network", "control"),
        {"value": ("value", "low", "high")},
        BY_ROW,
        "beats_control",
    ),
    "ranking": RunTable(
        ("scope", "group", "measure", "region_set", "policy", "method", "control"),
        {"rank": ("rank", "low", "high")},
        BY_ROW,
        most="methods",
    ),
}


def run_table(name: str) -> RunTable:
    """Look up what is joined of a table.

    Parameters
    ----------
    name : str
        Of the table's file, without its ending.

    Returns
    -------
    RunTable
        The first entry of RUN_TABLES that fits.
    """
    return next(entry for pattern, entry in RUN_TABLES.items() if re.fullmatch(pattern, name))


def with_another_run(values: np.ndarray, lows: np.ndarray, highs: np.ndarray, level: float) -> dict[str, np.ndarray]:
    """Mean over the runs, and the interval in which the value of a further run lies, judged on other families.

    Parameters
    ----------
    values : ndarray
        [rows, runs]; NaN where a run has no value.
    lows, highs : ndarray
        [rows, runs], each run's own interval, over families alone; NaN where it has none.
    level : float
        Of the intervals, such as 0.95.

    Returns
    -------
    dict
        SUMMARY, each [rows]. The standard deviation needs two runs, the interval also one of every run with a value.
    """
    there = np.isfinite(values)
    runs = there.sum(axis=1)
    known = np.maximum(runs, 1)
    value = np.where(runs > 0, np.where(there, values, 0).sum(axis=1) / known, np.nan)
    squares = np.where(there, values - value[:, None], 0) ** 2
    several = runs > 1
    sd = np.where(several, np.sqrt(squares.sum(axis=1) / np.maximum(runs - 1, 1)), np.nan)
    family_low, family_high = (np.where(there, ends, 0).sum(axis=1) / known for ends in (lows, highs))
    family_low, family_high = (np.where(runs > 0, ends, np.nan) for ends in (family_low, family_high))
    reach = stats.t.ppf((1 + level) / 2, np.maximum(runs - 1, 1)) * sd * np.sqrt(1 + 1 / known)
    return {
        "runs": runs,
        "value": value,
        "run_sd": sd,
        "low": value - np.hypot(np.maximum(value - family_low, 0), reach),
        "high": value + np.hypot(np.maximum(family_high - value, 0), reach),
        "families_low": family_low,
        "families_high": family_high,
        "lowest_run": np.where(runs > 0, np.where(there, values, np.inf).min(axis=1), np.nan),
        "highest_run": np.where(runs > 0, np.where(there, values, -np.inf).max(axis=1), np.nan),
    }


def _long_counts(table: pd.DataFrame) -> pd.DataFrame:
    """Table 3, which has a column for each syndrome, with a row for each."""
    syndromes = list(table.loc[:, "region":"methods"].columns[1:-1])
    return table.melt(["variant", "region"], syndromes, "syndrome", "significant")


def _of_run(path: str, name: str, joined: RunTable) -> pd.DataFrame:
    """The columns of one run's table; its keys are text. What it lacks (pooled beside, a verdict) is empty."""
    if re.fullmatch(r"table3(?!_tests)(_.+)?", name):
        table = _long_counts(read_table(path, ["variant", "region", "methods"], ["variant", "region"]))
    else:
        table = read_table(path, joined.keys, [*joined.keys, *([joined.verdict] if joined.verdict else [])])
    return table.reindex(columns=joined.columns)


def _limits(
    rows: pd.DataFrame, every: pd.DataFrame, joined: RunTable, ranges: Mapping[str, Sequence[float]]
) -> tuple[np.ndarray, ...]:
    """Lowest and highest possible value of each row; -inf and inf where they are not known."""
    if np.isfinite(joined.limits[0]):
        return tuple(np.full(len(rows), end) for end in joined.limits)
    if joined.most:
        return np.ones(len(rows)), every.groupby(list(joined.keys), sort=False)[joined.most].max().to_numpy(float)
    ends = np.array([ranges.get(name, (-np.inf, np.inf)) for name in rows["measure"]], float).reshape(-1, 2)
    return ends[:, 0], ends[:, 1]


def across_runs(
    paths: Sequence[str], name: str, *, ranges: Mapping[str, Sequence[float]], level: float
) -> pd.DataFrame:
    """One table of several training runs.

    Parameters
    ----------
    paths : sequence of str
        The table of each run.
    name : str
        Its name, which RUN_TABLES knows.
    ranges : mapping
        Measure -> its lowest and highest possible value.
    level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        The keys, `statistic`, SUMMARY, level, and {verdict}_runs, the number of runs with yes. Rows are in the order of
        the first run that has them; no interval reaches beyond what is possible.

    Raises
    ------
    InputError
        For a row that one run has twice.
    """
    joined, parts = run_table(name), []
    keys = list(joined.keys)
    for run, path in enumerate(paths):
        table = _of_run(path, name, joined)
        if table.duplicated(keys).any():
            row = ", ".join(table.loc[table.duplicated(keys), keys].astype(str).iloc[0])
            raise InputError(f"{path}: the row {row} is there twice; delete the file and make it again")
        parts.append(table.assign(run=run))
    every = pd.concat(parts, ignore_index=True)
    row, rows = every.groupby(keys, sort=False).ngroup(), every.drop_duplicates(keys)[keys].reset_index(drop=True)
    lowest, highest = _limits(rows, every, joined, ranges)

    def _by_run(column: str | None) -> np.ndarray:
        cells = np.full((len(rows), len(paths)), np.nan)
        if column:
            cells[row, every["run"]] = every[column]
        return cells

    tables = []
    for statistic, columns in joined.statistics.items():
        values, lows, highs = (_by_run(column) for column in (*columns, None, None)[:3])
        summary = pd.DataFrame(with_another_run(values, lows, highs, level))
        summary["low"], summary["high"] = summary["low"].clip(lowest), summary["high"].clip(upper=highest)
        table = rows.assign(statistic=statistic, **summary, level=level)
        if joined.verdict:
            given = every[joined.verdict].astype(str).str.lower()
            yes, no = (np.bincount(row, given == answer, len(rows)) for answer in ("true", "false"))
            table[f"{joined.verdict}_runs"] = pd.array(np.where(yes + no > 0, yes, np.nan), dtype="Int64")
        if not table["value"].isna().all() or statistic == next(iter(joined.statistics)):
            tables.append(table)
    return pd.concat(tables, ignore_index=True)


def write_across_runs(
    paths: Sequence[str], samples: str, output: str, *, table: str, ranges: Mapping[str, Sequence[float]], level: float
) -> None:
    """Write one table of several training runs.

    Parameters
    ----------
    paths : sequence of str
        The table of each run.
    samples : str
        Path of samples.csv.
    output : str
        Path of the table, as `across_runs` gives it.
    table : str
        Its name.
    ranges : mapping
        Measure -> its lowest and highest possible value.
    level : float
        Of the intervals.
    """
    simulated = bool(simulated_phrase(load_samples(samples, ())))
    write_table(across_runs(paths, table, ranges=ranges, level=level).assign(simulated=simulated), output)
