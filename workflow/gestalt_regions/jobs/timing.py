"""Where the time goes: sums Snakemake's benchmark files and the last log lines by stage."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from gestalt_regions.core import io
from gestalt_regions.core.errors import InputError

_FINISHED = re.compile(r"finished: ([0-9.]+) s starting, ([0-9.]+) s computing(?:, ([0-9.]+) s of processor time)?")
COLUMNS = ["stage", "jobs", "wall_s", "starting_s", "computing_s", "processor_s", "longest_s", "max_rss_mb", "share"]
SECONDS = ["wall_s", "starting_s", "computing_s", "processor_s"]  # of the table for a page


def _stage_of(path: Path) -> str:
    """The stage of a benchmark file: its name up to the first dash (`saliency-Gradient.tsv` is of `saliency`)."""
    return "assets" if path.parent.name == "assets" else path.stem.split("-")[0]


def seconds_spent(log: Path) -> tuple[float, float, float]:
    """Read from a log's last line how long its job took.

    Parameters
    ----------
    log : Path
        The log of a job; it may be missing.

    Returns
    -------
    tuple of float
        Seconds starting, computing and of processor time; NaN for what the line does not say.
    """
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    match = _FINISHED.search(lines[-1]) if lines else None
    starting, computing, processor = match.groups(default="nan") if match else ("nan", "nan", "nan")
    return float(starting), float(computing), float(processor)


def stage_times(benchmarks: Sequence[str | os.PathLike], logs: Sequence[str | os.PathLike]) -> pd.DataFrame:
    """Sum the times of all jobs of each stage. A job that was repeated counts with its mean.

    Parameters
    ----------
    benchmarks : sequence of path
        Folders of Snakemake's benchmark files.
    logs : sequence of path
        For each of them the folder of logs, which have the same paths below it.

    Returns
    -------
    DataFrame
        COLUMNS, one row per stage, the most expensive first. `wall_s` is the time of the jobs one after another, not of
        the run; `processor_s` that of the processor while they compute, which hangs little on who else is there.

    Raises
    ------
    InputError
        If there is no benchmark file.
    """
    rows = []
    for folder, log_folder in zip(benchmarks, logs, strict=True):
        for path in sorted(Path(folder).rglob("*.tsv")):
            table = pd.read_csv(path, sep="\t", na_values=["-"])
            spent = seconds_spent(Path(log_folder) / path.relative_to(folder).with_suffix(".log"))
            rows.append((_stage_of(path), table["s"].mean(), *spent, table["max_rss"].max()))
    if not rows:
        raise InputError(f"{', '.join(map(str, benchmarks))}: no benchmark files; run the study first")
    jobs = pd.DataFrame(rows, columns=["stage", "wall_s", "starting_s", "computing_s", "processor_s", "max_rss_mb"])
    stages = jobs.groupby("stage", as_index=False).agg(
        jobs=("wall_s", "size"),
        wall_s=("wall_s", "sum"),
        starting_s=("starting_s", "sum"),
        computing_s=("computing_s", "sum"),
        processor_s=("processor_s", "sum"),
        longest_s=("wall_s", "max"),
        max_rss_mb=("max_rss_mb", "max"),
    )
    stages["share"] = stages["wall_s"] / stages["wall_s"].sum()
    return stages.sort_values(["wall_s", "stage"], ascending=[False, True], ignore_index=True)[COLUMNS]


def write_timing(
    benchmarks: Sequence[str | os.PathLike], logs: Sequence[str | os.PathLike], output: str | os.PathLike
) -> None:
    """Write timing.csv of a study.

    Parameters
    ----------
    benchmarks : sequence of path
        As for `stage_times`.
    logs : sequence of path
        As for `stage_times`.
    output : path
        The table; seconds with 3 decimals.
    """
    io.write_table(stage_times(benchmarks, logs).round(3), output)


def markdown(timing: pd.DataFrame) -> str:
    """Write the table of a study's times for a page.

    Parameters
    ----------
    timing : DataFrame
        COLUMNS, as `stage_times` gives them.

    Returns
    -------
    str
        A markdown table with a total row.
    """
    lines = ["| stage | jobs | wall s | starting s | computing s | processor s | share |", "|---|" + "---:|" * 6]
    total = timing[["jobs", *SECONDS, "share"]].sum().to_dict() | {"stage": "all"}
    for row in [*timing.to_dict("records"), total]:
        seconds = " | ".join(f"{row[c]:.1f}" for c in SECONDS)
        lines.append(f"| {row['stage']} | {int(row['jobs'])} | {seconds} | {row['share']:.0%} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """`python -m gestalt_regions.jobs.timing results/<cohort>/timing.csv` prints the markdown table."""
    parser = argparse.ArgumentParser(description="Print a study's timing.csv as a markdown table.")
    parser.add_argument("table", help="results/<cohort>/timing.csv")
    print(markdown(io.read_table(parser.parse_args().table, COLUMNS)), end="")


if __name__ == "__main__":
    main()
