"""How fast each stage is: measured from the logs of a finished study, or read from resources/rates.csv."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_table
from gestalt_regions.jobs.timing import seconds_spent
from gestalt_regions.saliency.method_registry import methods_of_study
from gestalt_regions.study.sizes import Size
from gestalt_regions.study.training_runs import networks
from gestalt_regions.tools.plan.matching_work import encoder_key
from gestalt_regions.tools.plan.units import Work, network
from gestalt_regions.tools.plan.work import STAGES, amounts, in_precision, saliency_key

COLUMNS = ["stage", "what", "unit", "jobs", "units", "seconds", "starting_s", "device", "machine", "date"]
CPU = "cpu"
SHORT = re.compile(r", (bfloat16|tf32)$")  # how `what` ends of work in another precision than float32
REDUCED = "(reduced form)"  # the end of the device's name where make bench-gpu only tried itself out


def _what(benchmark: re.Match, config: Mapping, works: list[Work]) -> str | None:
    """The `what` of the work that a benchmark file is of; None if the config does not know it."""
    named = benchmark.groupdict()
    if named.get("method"):
        model = networks(config).get(named["model"])
        settings = methods_of_study(config).get(named["method"])
        if model is None or settings is None:  # such as the coefficients of another region set
            return None
        return works[0].what and saliency_key(named["method"], settings, model)
    if named.get("encoder"):
        entry = config["matching"]["encoders"].get(named["encoder"])
        return entry and encoder_key(entry)
    if named.get("analysis"):
        return named["analysis"]
    if named.get("group"):
        model = networks(config).get(named["model"])
        return f"{named['group']} on {network(model)}" if model else None
    if {work.what for work in works} == {""}:
        return ""
    model = networks(config).get(named.get("model") or "")
    return next((w.what for w in works if model and w.what.split(",")[0] == network(model)), None)


def _jobs(config: Mapping, size: Size, results: Path) -> Iterator[tuple[str, str, float, float, float]]:
    """stage, what, seconds starting, computing and of processor time of every job that left a benchmark and a log."""
    cohort = config["cohort"]["name"]
    folder, works = results / "benchmarks" / cohort, amounts(config, size)
    for path in sorted(folder.rglob("*.tsv")):
        name = str(path.relative_to(folder).with_suffix(""))
        for key, stage in STAGES.items():
            benchmark = re.fullmatch(stage.benchmark, name)
            what = _what(benchmark, config, works[key]) if benchmark else None
            if what is not None:
                what = what if SHORT.search(what) else in_precision(key, what, config["run"]["precision"])
                yield key, what, *seconds_spent((results / "logs" / cohort / name).with_suffix(".log"))


def logged_rates(config: Mapping, size: Size, results: str | Path = "results") -> pd.DataFrame:
    """Measure the rates of a finished study from its logs: a stage counts if all of its jobs were logged.

    Parameters
    ----------
    config : mapping
        A valid config.
    size : Size
        Images by class.
    results : path
        The folder of results.

    Returns
    -------
    DataFrame
        COLUMNS without machine and date. seconds: of processor time over all jobs, where the log states it (else of
        computing); starting_s: of one job.
    """
    rows = []
    logged = pd.DataFrame(_jobs(config, size, Path(results)), columns=["stage", "what", "starting", "wall", "cpu"])
    for (stage, what), jobs in logged.dropna(subset="wall").groupby(["stage", "what"]):
        works = [w for w in amounts(config, size)[stage] if w.what == what]
        if not works or (len(jobs) < sum(w.jobs for w in works) and stage not in ("cohort tables", "figures")):
            continue
        seconds = jobs["cpu"].fillna(jobs["wall"]).sum()
        rows.append(
            [stage, what, STAGES[stage].unit, len(jobs), sum(w.units for w in works), seconds, jobs["starting"].mean()]
        )
    return pd.DataFrame(rows, columns=COLUMNS[:7]).assign(device=CPU)


def read_rates(path: str | Path) -> pd.DataFrame:
    """Read a table of rates.

    Parameters
    ----------
    path : path
        resources/rates.csv.

    Returns
    -------
    DataFrame
        COLUMNS.
    """
    return read_table(path, COLUMNS, strings=["stage", "what", "unit", "device", "machine", "date"])


def taken_rates(path: str | Path) -> pd.DataFrame:
    """Read rates that were taken on another machine.

    Parameters
    ----------
    path : path
        CSV that `make bench-gpu` wrote.

    Returns
    -------
    DataFrame
        COLUMNS.

    Raises
    ------
    InputError
        If they are of the reduced form, which says nothing of any machine.
    """
    table = read_rates(path)
    if len(reduced := table[table["device"].str.endswith(REDUCED)]):
        raise InputError(f"{path}: {len(reduced)} rows are of the reduced form of make bench-gpu, which is no rate")
    return table


@dataclass(frozen=True)
class Hours:
    """Hours of one stage on one core.

    how: whether its rate is its own or scaled; missing: what has no rate at all; in_float32: in words, what is counted
    as in float32, since no rate was taken in the precision of the study.
    """

    stage: str
    jobs: int
    units: float
    hours: float
    how: str
    missing: tuple[str, ...]
    in_float32: str = ""


def _rate(stage: str, what: str, rates: pd.DataFrame, sides: Mapping[str, int]) -> tuple[float, float, str]:
    """Seconds of a unit, seconds of starting a job, and what the rate was scaled from ("" if it is its own)."""
    exact = rates[(rates["stage"] == stage) & (rates["what"] == what)]
    if len(exact):
        return exact["seconds"].sum() / exact["units"].sum(), exact["starting_s"].mean(), ""
    if " on " in what:  # the same method on another network, by pixels
        method, wanted = what.split(" on ")
        for row in rates[(rates["stage"] == stage) & rates["what"].str.startswith(f"{method} on ")].itertuples():
            other = row.what.split(" on ")[1]
            if other.split(" ")[0] in sides and not SHORT.search(other):
                pixels = (sides[wanted.split(" ")[0]] / sides[other.split(" ")[0]]) ** 2
                return pixels * row.seconds / row.units, row.starting_s, f"{other} by pixels"
    return float("nan"), float("nan"), ""


def _rate_in_precision(
    stage: str, what: str, rates: pd.DataFrame, sides: Mapping[str, int]
) -> tuple[float, float, str, bool]:
    """As `_rate`; where no rate was taken in the precision of the work, that of float32, and that it is."""
    plain = SHORT.sub("", what)
    if plain == what or len(rates[(rates["stage"] == stage) & (rates["what"] == what)]):
        return *_rate(stage, what, rates, sides), False
    return *_rate(stage, plain, rates, sides), True


def hours(config: Mapping, size: Size, rates: pd.DataFrame, stages: Collection[str] = tuple(STAGES)) -> list[Hours]:
    """Estimate the hours of each stage: units x seconds of a unit + jobs x seconds of starting one.

    Parameters
    ----------
    config : mapping
        A valid config.
    size : Size
        Images by class.
    rates : DataFrame
        COLUMNS, of one device.
    stages : collection of str
        Only these stages.

    Returns
    -------
    list of Hours
        One for each stage with work.
    """
    from gestalt_regions.models.backbones import BACKBONES

    sides = {name: found.size for name, found in BACKBONES.items()}
    rows = []
    for stage, works in amounts(config, size).items():
        if stage not in stages:
            continue
        total, scaled, missing, in_float32 = 0.0, set(), [], 0
        for work in works:
            rate, starting, source, plain = _rate_in_precision(stage, work.what, rates, sides)
            if rate != rate:
                missing.append(work.what or stage)
                continue
            total += work.units * rate + work.jobs * starting
            scaled |= {source} if source else set()
            in_float32 += plain
        how = f"scaled from {', '.join(sorted(scaled))}" if scaled else "own rate"
        how = "no rate" if len(missing) == len(works) else how
        said = f"{in_float32} of {len(works)} kinds counted as in float32: no other rate" if in_float32 else ""
        missing = list(dict.fromkeys(missing))
        if works:
            rows.append(
                Hours(
                    stage,
                    sum(w.jobs for w in works),
                    sum(w.units for w in works),
                    total / 3600,
                    how,
                    tuple(missing),
                    said,
                )
            )
    return rows
