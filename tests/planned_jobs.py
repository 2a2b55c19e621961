"""python planned_jobs.py <arguments of snakemake>: a dry run that prints what each job asks for, as a line of JSON.

Snakemake itself shows no resources of a rule that has a message.
"""

from __future__ import annotations

import json
import sys

from snakemake import cli
from snakemake.executors import dryrun

run_job = dryrun.Executor.run_job


def tell(self, job) -> None:
    """dryrun.Executor.run_job, which also prints what the job asks for."""
    asked = {name: value for name, value in job.resources.items() if isinstance(value, int | str)}
    print(json.dumps({"rule": job.rule.name, "resources": asked}), flush=True)
    run_job(self, job)


dryrun.Executor.run_job = tell
cli.main(["--dry-run", "--quiet", "all", *sys.argv[1:]])
