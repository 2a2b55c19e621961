"""What a dry run takes of the processor (`make bench-planning`): this workflow, and a Snakefile with one rule.

Each study is planned as Snakemake does it and as the workflow does it (jobs.quick_planning), in turn, each in a process
of its own; the least of the rounds counts, since other processes only add. Where nothing is kept yet, a first run is
made that does not count. Nothing is run, and no result is needed.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from gestalt_regions.jobs.quick_planning import OFF

ROOT = Path(__file__).parents[4]
ONE_RULE = 'rule all:\n    output: "made.txt"\n    shell: "touch {output}"\n'
STUDIES: dict[str, list[str]] = {
    "default study": [],
    "full study": ["--configfile", "config/config.yaml", "config/studies/full.yaml"],
    "figure6": ["--", "figure6"],
    "figure2": ["--", "figure2"],
}


def processor_seconds(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> float:
    """Plan once.

    Parameters
    ----------
    arguments : sequence of str
        What Snakemake is told after `-n`.
    folder : path
        Where it runs.
    environment : mapping
        Environment variables besides those of this process.

    Returns
    -------
    float
        Seconds of the processor, user and system.

    Raises
    ------
    subprocess.CalledProcessError
        If it fails.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--quiet", "all", *arguments]
    subprocess.run(command, cwd=folder, env={**os.environ, **environment}, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--studies", nargs="+", choices=list(STUDIES), default=list(STUDIES))
    parser.add_argument("--folder", type=Path, default=ROOT, help="where a study lies, finished or not")
    options = parser.parse_args()
    snakefile = ["--snakefile", str(ROOT / "Snakefile")]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "Snakefile").write_text(ONE_RULE)
        print(f"processor seconds of a dry run, least of {options.rounds}")
        print(f"{'':15}{'one rule':>10}{'plain':>10}{'quick':>10}{'plain/quick':>13}{'quick - one rule':>18}")
        for name in options.studies:
            arguments = [*snakefile, *STUDIES[name]]
            processor_seconds(arguments, options.folder, {OFF: ""})
            rounds = [
                (
                    processor_seconds([], Path(folder), {}),
                    processor_seconds(arguments, options.folder, {OFF: "1"}),
                    processor_seconds(arguments, options.folder, {OFF: ""}),
                )
                for _ in range(options.rounds)
            ]
            one, plain, quick = (min(times) for times in zip(*rounds, strict=True))
            print(f"{name:15}{one:10.2f}{plain:10.2f}{quick:10.2f}{plain / quick:13.2f}{quick - one:18.2f}", flush=True)


if __name__ == "__main__":
    main()
