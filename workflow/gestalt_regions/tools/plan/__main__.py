"""What a study will take: make plan PLAN="--configfile config/config.yaml config/studies/full.yaml --times 100".

Jobs by rule, and Snakemake's own time and memory (by a dry run of the whole study); disk by kind; hours by stage, from
the rates of this study's own logs where it was run here, else from resources/rates.csv.
"""

from __future__ import annotations

import argparse
import logging
import platform
import shutil
import sys
from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import date
from pathlib import Path

import pandas as pd

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import write_table
from gestalt_regions.saliency.method_registry import load_methods
from gestalt_regions.study.sizes import Size, study_size
from gestalt_regions.study.study import load_study
from gestalt_regions.tools.plan.dag import Dag, dry_run
from gestalt_regions.tools.plan.disk_use import disk_bytes, job_bytes
from gestalt_regions.tools.plan.merged_config import ROOT, read_config, update
from gestalt_regions.tools.plan.papers_data import hours_on_papers_data
from gestalt_regions.tools.plan.rates import CPU, Hours, hours, logged_rates, read_rates, taken_rates
from gestalt_regions.tools.plan.work import STAGES, planned_stages, uncounted_jobs

RATES = ROOT / "resources/rates.csv"
WITH_LABELLED = {"binary_problems", "specialised", "confusion_counts", "reliability_bins"}
ON_GPU = ("identity pretraining", "train", "saliency", "fine-tuning of encoders", "encoding", "similarity maps")


def larger(config: Mapping, times: int) -> dict:
    """Say what to merge over a config for more images: more subjects where they are rendered, else more shards alone.

    Nobody has more photographs than there are.

    Parameters
    ----------
    config : mapping
        A valid config.
    times : int
        How many times as many images.

    Returns
    -------
    dict
        Part of a config.
    """
    cohort = config["cohort"]
    if times == 1:
        return {}
    if cohort["kind"] != "synthetic":
        return {section: {"shards": config[section]["shards"] * times} for section in ("cohort", "faces")}

    def _grown(numbers: dict[str, int] | int) -> dict[str, int] | int:
        return {c: n * times for c, n in numbers.items()} if isinstance(numbers, dict) else numbers * times

    return {"cohort": {k: _grown(cohort[k]) for k in ("subjects_per_class", "heldout_subjects_per_syndrome")}}


def times_size(size: Size, times: int) -> Size:
    """Multiply the size of a study.

    Parameters
    ----------
    size : Size
        Images by class.
    times : int
        The factor.

    Returns
    -------
    Size
        Images by class.
    """
    folds, heldout = ({c: n * times for c, n in side.items()} for side in (size.folds, size.heldout))
    return Size(folds, heldout)


def _dag(dag: Dag) -> list[str]:
    lines = [f"jobs: {sum(dag.jobs.values())}"]
    lines += [f"  {rule:24s}{count:8d}" for rule, count in dag.jobs.items()]
    took = f"{dag.seconds:.1f} s ({dag.processor:.1f} s of processor time), {dag.megabytes:.0f} MB"
    return [*lines, f"Snakemake's dry run of them: {took}"]


def _disk(sizes: Mapping[str, float], while_running: float, folder: str) -> list[str]:
    total, free = sum(sizes.values()), shutil.disk_usage(folder).free
    lines = ["", *(f"  {name:24s}{size / 1e9:12.2f} GB" for name, size in sizes.items())]
    lines[0] = f"disk: {total / 1e9:.1f} GB; {free / 1e9:.0f} GB are free here{', this does not fit' * (total > free)}"
    if while_running:
        lines.append(f"  at most {while_running / 1e9:.2f} GB more for each job of saliency that runs at a time")
    return lines


def _hours(rows: Sequence[Hours], source: str) -> list[str]:
    lines = [f"hours on one core: {sum(row.hours for row in rows):.1f}, rates: {source}"]
    for row in rows:
        gaps = f"; NOT MEASURED, not counted: {', '.join(row.missing[:3])}" if row.missing else ""
        gaps += f" and {len(row.missing) - 3} others" if len(row.missing) > 3 else ""
        short = f"; {row.in_float32}" if row.in_float32 else ""
        work = f"{row.units:14.0f} x {STAGES[row.stage].unit}; {row.how}{short}{gaps}"
        lines.append(f"  {row.stage:24s}{row.hours:12.2f} h {work}")
    return lines


def _others(jobs: Mapping[str, int]) -> list[str]:
    """Jobs without a stage: how long they take nobody has measured."""
    named = ", ".join(f"{rule} ({count})" for rule, count in jobs.items())
    return [f"hours of these jobs are not counted: {named}"] if jobs else []


def _gpu_hours(config: Mapping, size: Size, rates: pd.DataFrame, stages: set[str]) -> list[str]:
    """Of those of the stages that can use one, for every GPU that a rate was taken on."""
    lines = []
    for device in sorted(set(rates["device"]) - {CPU}):
        rows = hours(config, size, rates[rates["device"] == device], stages & set(ON_GPU))
        for row in rows:
            gaps = f"; {row.in_float32}" if row.in_float32 else ""
            gaps += f"; {len(row.missing)} kinds not measured, not counted" if row.missing else ""
            lines.append(f"  {row.stage:24s}{row.hours:12.2f} h on one {device}{gaps}")
    return ["GPU hours, instead:", *lines] if lines else ["GPU hours: not measured (no rate was taken on a GPU)"]


def _machine() -> str:
    """The processor's name and number of cores, for the table of rates."""
    names = [
        line.split(":")[1].strip()
        for path in (Path("/proc/cpuinfo"),)
        if path.exists()
        for line in path.read_text().splitlines()
        if line.startswith("model name")
    ]
    return f"{names[0] if names else platform.processor() or platform.machine()}, {max(len(names), 1)} cores"


def plan_text(
    config: dict, studies: Sequence[str], times: int, rates_file: str | Path, targets: Sequence[str] = ()
) -> str:
    """Write the whole plan as text.

    Parameters
    ----------
    config : dict
        A config, not yet checked.
    studies : sequence of str
        The files that it is of.
    times : int
        Plan for so many times the images.
    rates_file : path
        Table of rates.
    targets : sequence of str
        As for snakemake; the default target without them.

    Returns
    -------
    str
        Jobs, disk and hours.

    Raises
    ------
    InputError
        For a bad config.
    """
    valid = load_study(deepcopy(config), ROOT).config
    size, changes = times_size(study_size(valid), times), larger(valid, times)
    update(config, changes)
    study = load_study(config, ROOT)
    grown = study.config
    logged, rates = logged_rates(valid, study_size(valid)), read_rates(rates_file)
    source = f"{rates_file} ({'; '.join(sorted(set(rates['machine'] + ', ' + rates['date'])))})"
    if len(logged):
        rates = pd.concat([logged, rates], ignore_index=True).drop_duplicates(["stage", "what", "device"])
        source = f"this study's own logs ({', '.join(sorted(set(logged['stage'])))}), else {source}"
    held, methods = sum(size.heldout.values()), len(grown["saliency"]["methods"])
    lines = [
        f"{grown['cohort']['name']}{f', {times} times larger' * (times > 1)}: {size.images} images ({held} held out), "
        f"{size.classes} classes, {grown['folds']['n']} folds, {methods} methods, {len(grown['models'])} models; "
        f"{size.explained(grown)} maps a method and model"
    ]
    dag = dry_run(str(ROOT / "Snakefile"), studies, changes, targets)
    stages = planned_stages(dag.jobs)
    if WITH_LABELLED & set(dag.jobs):  # trained for these tables alone, and not explained
        grown["models"] |= {name: {**model, "explained": False} for name, model in study.labelled.items()}
    while_running = job_bytes(grown, size) if "saliency" in stages else 0
    lines += _dag(dag) + _disk(disk_bytes(grown, size, stages), while_running, ".")
    lines += _hours(hours(grown, size, rates[rates["device"] == CPU], stages), source)
    lines += _others({rule: n for rule, n in uncounted_jobs(dag.jobs).items() if rule not in targets})
    lines += _gpu_hours(grown, size, rates, stages)
    lines += hours_on_papers_data(grown, rates)
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Run `python -m gestalt_regions.tools.plan`.

    Parameters
    ----------
    arguments : list of str, optional
        The command line; that of the process without it.
    """
    parser = argparse.ArgumentParser(prog="gestalt_regions.tools.plan", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--configfile", nargs="+", default=[], help="as for snakemake; the default study if left out")
    parser.add_argument(
        "--targets",
        nargs="+",
        default=[],
        help="plan these, as for snakemake; their stages are counted whole",
    )
    parser.add_argument("--times", type=int, default=1, help="plan for so many times the images (1)")
    parser.add_argument("--rates", default=str(RATES), help="table of rates (resources/rates.csv)")
    parser.add_argument("--write-rates", action="store_true", help="add the rates of this finished study")
    parser.add_argument(
        "--measure", choices=("cpu", "cuda"), help="measure networks and methods on this machine for it"
    )
    parser.add_argument("--add-rates", default="", help="add those of this file (make bench-gpu writes one)")
    options = parser.parse_args(arguments)
    load_methods()
    try:
        if options.add_rates:
            merge_rates(taken_rates(options.add_rates), options.rates)
            return
        config = read_config(options.configfile)
        if options.write_rates:
            valid = load_study(config, ROOT).config
            add_rates(logged_rates(valid, study_size(valid)), options.rates)
        elif options.measure:
            from gestalt_regions.tools.plan.measured_rates import measure_rates

            logging.basicConfig(level=logging.INFO, format="%(message)s")
            add_rates(measure_rates(load_study(config, ROOT), options.measure), options.rates)
        else:
            print(plan_text(config, options.configfile, options.times, options.rates, options.targets))
    except InputError as error:
        sys.exit(f"plan: {error}")


def add_rates(new: pd.DataFrame, path: str | Path) -> None:
    """Put rates into the table, in place of what it says of the same work.

    Parameters
    ----------
    new : DataFrame
        rates.COLUMNS without machine and date.
    path : path
        Table of rates; changed or made.
    """
    merge_rates(new.assign(machine=_machine(), date=date.today().isoformat()), path)


def merge_rates(new: pd.DataFrame, path: str | Path) -> None:
    """Put rates that say where and when they were taken into the table.

    Parameters
    ----------
    new : DataFrame
        rates.COLUMNS.
    path : path
        Table of rates; changed or made.
    """
    old = read_rates(path) if Path(path).exists() else new[:0]
    both = pd.concat([old, new]).drop_duplicates(["stage", "what", "device"], keep="last")
    write_table(both.sort_values(["stage", "what", "device"]).round(6), path)


if __name__ == "__main__":
    main()
