"""What the starts of a study's jobs take, each alone and as copies of one process (`make bench-starts`).

For each script of the study it runs the script's imports and nothing else: alone, as Snakemake starts a script, and
then by the starter (jobs.shared_starts), once for each job of the study, in the order of the rule files. Prints seconds
of processor time (user and system), which hang little on who else is there. What functions import later is not in it,
either way.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gestalt_regions.jobs.shared_starts import Starter, environment_of_job, why_alone
from gestalt_regions.tools.plan.dag import dry_run
from gestalt_regions.tools.plan.merged_config import ROOT

PREAMBLE = "import pickle, sys\nfrom snakemake.logging import logger\nfrom snakemake.iocontainers import Snakemake\n"


@dataclass
class Starts:
    """Processor seconds of the starts of one script."""

    script: str
    jobs: int
    alone: list[float] = field(default_factory=list)
    shared: list[float] = field(default_factory=list)

    def all_alone(self) -> float:
        """Sum of all jobs, each started alone.

        Returns
        -------
        float
            Seconds.
        """
        return self.jobs * sum(self.alone) / len(self.alone)


def scripts_of_rules(rules: Path) -> dict[str, str]:
    """Find which script a rule runs.

    Parameters
    ----------
    rules : Path
        Folder of rule files.

    Returns
    -------
    dict of str to str
        Rule -> name of its script, in the order of files and rules.
    """
    found, taken_over = dict[str, str](), dict[str, str]()
    for path in sorted(rules.rglob("*.smk")):
        whole = path.read_text(encoding="utf-8")
        for name, text in re.findall(r"^ *rule (\w+):\n((?: .*\n|\n)*)", whole, re.MULTILINE):
            if match := re.search(r"script:\s+\"(?:[^\"]*/)?(\w+\.py)\"", text):
                found[name] = match[1]
        taken_over |= {name: of for of, name in re.findall(r"^ *use rule (\w+) as (\w+) with:", whole, re.MULTILINE)}
    for name, of in taken_over.items():
        while of in taken_over:
            of = taken_over[of]
        found[name] = found[of]
    return found


def imports_of(script: Path) -> str:
    """Take a script's imports out of it.

    Parameters
    ----------
    script : Path
        The script.

    Returns
    -------
    str
        They, and what Snakemake puts before them.
    """
    nodes = ast.parse(script.read_text(encoding="utf-8")).body
    return PREAMBLE + "\n".join(ast.unparse(node) for node in nodes if isinstance(node, ast.Import | ast.ImportFrom))


def start_alone(script: str, environment: Mapping[str, str]) -> float:
    """Run a script in a Python of its own.

    Parameters
    ----------
    script : str
        The file.
    environment : mapping of str to str
        Its environment variables.

    Returns
    -------
    float
        Seconds of processor time.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, script], env=environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(jobs: Mapping[str, int], folder: Path, starter: Starter) -> list[Starts]:
    """Start the jobs of a study without their work.

    Parameters
    ----------
    jobs : mapping of str to int
        Script -> its jobs.
    folder : Path
        Where files may be written.
    starter : Starter
        What starts them together.

    Returns
    -------
    list of Starts
        One for each script.
    """
    measured, environment = [], environment_of_job(1, None)
    for name, count in jobs.items():
        path = folder / f"start.{name}"
        path.write_text(imports_of(ROOT / "workflow/scripts" / name), encoding="utf-8")
        each = Starts(name.removesuffix(".py"), count, [start_alone(str(path), environment)])
        each.shared = [starter.run(str(path), environment)[1] for _ in range(count)]
        measured.append(each)
    return measured


def table(measured: Iterable[Starts], starter_seconds: float) -> list[str]:
    """Write the table of starts.

    Parameters
    ----------
    measured : iterable of Starts
        One for each script.
    starter_seconds : float
        Processor time of the starter itself.

    Returns
    -------
    list of str
        Lines of Markdown, the most expensive script first.
    """
    lines = ["| script | jobs | alone, s each | alone, s | shared, s |", "|---|---:|---:|---:|---:|"]
    rows = sorted(measured, key=Starts.all_alone, reverse=True)
    for row in rows:
        alone = row.all_alone()
        lines.append(f"| {row.script} | {row.jobs} | {alone / row.jobs:.2f} | {alone:.1f} | {sum(row.shared):.1f} |")
    alone, shared = sum(map(Starts.all_alone, rows)), sum(sum(row.shared) for row in rows) + starter_seconds
    lines.append(f"| *the starter itself* | | | | {starter_seconds:.1f} |")
    lines.append(f"| **all** | {sum(row.jobs for row in rows)} | | {alone:.1f} | {shared:.1f} |")
    return [*lines, "", f"Shared starts take {shared / alone:.0%} of what starts alone take."]


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--configfile", nargs="*", default=[], help="config files of the study; the default study")
    options = parser.parse_args()
    if why := why_alone():
        sys.exit(f"starts are not shared here: {why}")
    os.environ["PYTHONPATH"] = str(ROOT / "workflow")
    scripts, jobs = scripts_of_rules(ROOT / "workflow/rules"), dict[str, int]()
    for rule, count in dry_run(str(ROOT / "Snakefile"), options.configfile, {}).jobs.items():
        if rule in scripts:
            jobs[scripts[rule]] = jobs.get(scripts[rule], 0) + count
    ordered = {name: jobs[name] for name in dict.fromkeys(scripts.values()) if name in jobs}
    starter = Starter()
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        measured = measure(ordered, Path(folder), starter)
        starter.close()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # what ended as a child of this process: all alone, the starter and its own children
    children = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    itself = children - sum(sum(row.alone) + sum(row.shared) for row in measured)
    print("\n".join(table(measured, itself)))


if __name__ == "__main__":
    main()
