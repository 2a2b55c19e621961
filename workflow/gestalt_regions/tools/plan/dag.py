"""A dry run of a study: its jobs by rule, and what Snakemake itself takes to plan them."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gestalt_regions.core.errors import InputError
from gestalt_regions.jobs.rulegraph import run_snakemake


@dataclass(frozen=True)
class Dag:
    """Jobs by rule, and what Snakemake took to plan them."""

    jobs: dict[str, int]
    seconds: float  # from start to end, importing Snakemake included
    processor: float
    megabytes: float  # peak resident memory


def job_counts(text: str) -> dict[str, int]:
    """Read the table "Job stats" of a dry run.

    Parameters
    ----------
    text : str
        What Snakemake printed.

    Returns
    -------
    dict
        rule -> jobs.
    """
    counts, lines = {}, text.splitlines()
    starts = [i for i, line in enumerate(lines) if line.split() == ["job", "count"]]
    for line in lines[starts[0] + 2 :] if starts else ():
        parts = line.split()
        if len(parts) != 2 or not parts[1].isdigit():
            break
        counts[parts[0]] = int(parts[1])
    counts.pop("total", None)
    return counts


def dry_run(snakefile: str, studies: Sequence[str], changes: Mapping, targets: Sequence[str] = ()) -> Dag:
    """Plan a study; nothing is run.

    Call it once in a process: the memory is that of the largest child there was.

    Parameters
    ----------
    snakefile : str
        The workflow.
    studies : sequence of str
        Config files.
    changes : mapping
        Merged over them.
    targets : sequence of str
        As for snakemake; the default target without them.

    Returns
    -------
    Dag
        Jobs, time and memory.

    Raises
    ------
    InputError
        If Snakemake fails.
    """
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    asked = ["--dry-run", "--quiet", "host", *(["--", *targets] if targets else [])]
    done = run_snakemake(snakefile, changes, sys.executable, *asked, studies=studies)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    counts = job_counts(done.stdout + done.stderr)
    if done.returncode or not counts:
        raise InputError(f"snakemake --dry-run failed: {(done.stderr or done.stdout).strip()[-2000:]}")
    unit = 1e6 if sys.platform == "darwin" else 1e3
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Dag(counts, wall, processor, after.ru_maxrss / unit)
