"""A finished study with its photographs many times over, and what its jobs then take.

python -m gestalt_regions.tools.bench.grown_study --study FOLDER --configfile ... --times 10,100

Tables have each image so many times under other names, with its person and family, and stacks of faces have it so many
times; maps are used again, since a table says in which row of a stack a map is. So the jobs behind the coefficients
really run, by Snakemake, on a study of that size: statistics, their figures, the report. Networks and maps do not.
Numbers that come out mean nothing. The finished study is copied, and stays as it is.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core import io
from gestalt_regions.jobs.timing import stage_times
from gestalt_regions.tools.bench.growth import (
    FAILED,
    MEASURED,
    Cost,
    Kept,
    add_bounds,
    bounds,
    exponents,
    measure,
    on_disk,
)
from gestalt_regions.tools.bench.made_up import ROOT

# Tables with rows of each image, below results/<cohort>.
GROWN = (
    *("samples.csv", "folds.csv", "hpo_annotations.csv", "faces/index.csv", "faces/photographs.csv"),
    *("*/fold-*/predictions.csv", "*/fold-*/saliency/*.csv", "*/coefficients/*.csv", "cohort/who_is_who.csv"),
)
STACKS, INDEX = "faces/*.npy", "faces/index.csv"  # a row of each image, and the table that names the rows
NAMES = ("sample_id", "subject_id", "kin_group")
RULES = ("split_counts", "classification", "rq1", "rq2", "analyse", "draw_montage", "report_site")  # no network
ROWS = 1_000_000  # of a piece, about


def _copies(table: pd.DataFrame, times: int, numbered: bool) -> Iterator[pd.DataFrame]:
    """The table so many times, other names each time, and coefficients that differ a little; `numbered` rows go on."""
    rng, at_once = np.random.default_rng(1), max(1, ROWS // max(1, len(table)))
    for first in range(0, times, at_once):
        numbers = np.arange(first, min(times, first + at_once))
        part = pd.concat([table] * len(numbers), ignore_index=True)
        ends = np.repeat([f"-{number}" if number else "" for number in numbers], len(table))
        for name in [name for name in NAMES if name in part]:
            part[name] = np.where(part[name] == "", "", part[name] + ends)
        if numbered:
            part["row"] += np.repeat(numbers * len(table), len(table))
        if "coefficient" in part:
            part["coefficient"] *= 1 + 1e-3 * rng.random(len(part))
        yield part


def grow(results: Path, target: Path, times: int) -> int:
    """Write the study many times over: what has no rows of images is copied.

    Parameters
    ----------
    results : Path
        results/{cohort} of a finished study.
    target : Path
        The same of the new one.
    times : int
        How often each image is there.

    Returns
    -------
    int
        Images.
    """
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(path for path in results.rglob("*") if ".partial" not in str(path.relative_to(results))):
        inside = path.relative_to(results).as_posix()
        new = target / inside
        if path.is_dir():
            new.mkdir(parents=True, exist_ok=True)
        elif any(fnmatch(inside, pattern) for pattern in GROWN):
            text = [*NAMES, "fold", "region", "policy", "target", "label", "set"]
            table = io.read_table(path, ["sample_id"], strings=text)
            io.write_pieces(_copies(table, times, numbered=inside == INDEX), new)
        elif fnmatch(inside, STACKS):
            stack = io.read_array(path)
            with io.new_array(new, (times * len(stack), *stack.shape[1:]), stack.dtype) as repeated:
                for number in range(times):
                    repeated[number * len(stack) : (number + 1) * len(stack)] = stack[:]
        else:
            shutil.copy2(path, new)
    return len(io.read_table(target / "samples.csv", only=["sample_id"]))


def _snakemake(folder: Path, configs: Sequence[str], *arguments: str) -> list[str]:
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "-s", str(ROOT / "Snakefile"), "-d", str(folder)]
    command += ["--quiet", "all", "--rerun-triggers", "mtime", "--keep-going", "--configfile"]
    return [*command, *[str(Path(path).resolve()) for path in configs], *arguments]


def measure_jobs(
    study: Path,
    configs: Sequence[str],
    times: int,
    rules: Sequence[str],
    kept: Kept,
    *,
    limit: float,
    memory: float,
    scratch: str | None,
) -> None:
    """Measure the jobs of some rules, and of all that is made from them, on a grown study.

    Parameters
    ----------
    study : Path
        The folder of a finished study's run.
    configs : sequence of str
        Its config files.
    times : int
        How often each image is there.
    rules : sequence of str
        The rules.
    kept : Kept
        Where rows go: `job <stage>`, the processor seconds of all jobs of a stage, and the largest memory of one.
    limit, memory : float
        As in `growth.measure`; the limit holds for each job.
    scratch : str or None
        Where the grown study lies meanwhile.
    """
    folder = Path(tempfile.mkdtemp(dir=scratch))
    try:
        (cohort,) = [path.parent for path in (study / "results").glob("*/samples.csv")]
        grown = folder / "results" / cohort.name
        images = grow(cohort, grown, times)
        (folder / "results/assets").symlink_to((study / "results/assets").resolve())
        touched = measure(_snakemake(folder, configs, "--touch"), limit=600, memory=memory)
        if touched.status != MEASURED:
            kept.add("jobs", images, touched, 0, 0)
            return
        before = on_disk(folder)
        run = measure(_snakemake(folder, configs, "--forcerun", *rules), limit=limit, memory=memory)
        after = on_disk(folder)
        if run.status != MEASURED or not list(folder.glob(f"results/benchmarks/{cohort.name}/**/*.tsv")):
            logs = [path.read_text(encoding="utf-8") for path in folder.glob(f"results/logs/{cohort.name}/**/*.log")]
            said = [line for text in logs for line in text.splitlines() if " ERROR " in line]
            kept.add("all jobs", images, replace(run, status=FAILED, note="; ".join([run.note, *said])), 0, 0)
            return
        stages = stage_times([folder / f"results/benchmarks/{cohort.name}"], [folder / f"results/logs/{cohort.name}"])
        for row in stages.itertuples():
            kept.add(f"job {row.stage}", images, Cost(row.processor_s, row.max_rss_mb, MEASURED), 0, 0)
        site = on_disk(grown / "report")
        kept.add("all jobs", images, run, after[0] - before[0], after[1] - before[1])
        kept.add("the site", images, Cost(0, 0, MEASURED), *site)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark.

    Parameters
    ----------
    arguments : list of str, optional
        The command line; that of the process without it.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--study", required=True, help="folder of the run of a finished study")
    parser.add_argument("--configfile", nargs="+", required=True, help="its config files")
    parser.add_argument("--times", default="1,10,100", help="how often each image is there, with commas between them")
    parser.add_argument("--rules", default=",".join(RULES), help="with commas between them")
    add_bounds(parser)
    options = parser.parse_args(arguments)
    kept = Kept(options.output)
    for times in map(int, options.times.split(",")):
        rules = options.rules.split(",")
        measure_jobs(Path(options.study), options.configfile, times, rules, kept, **bounds(options))
    print(exponents(kept.table).to_string(index=False))


if __name__ == "__main__":
    main()
