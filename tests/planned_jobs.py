"""python planned_jobs.py <arguments of snakemake>: a dry run that prints each job as a line of JSON, with all of it.

Snakemake itself shows no resources of a rule that has a message.
"""

from __future__ import annotations

import json
import sys

from snakemake import cli
from snakemake.executors import dryrun

run_job = dryrun.Executor.run_job


def as_json(value) -> object:
    """What JSON can hold of a value."""
    if isinstance(value, dict):
        return {str(key): as_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(each) for each in value]
    return value if isinstance(value, int | float | str | None) else str(value)


def named(values) -> dict[str, object]:
    """Files or params: all in their order, and those with a name."""
    return {"all": as_json(list(values)), "named": as_json(dict(values.items()))}


def tell(self, job) -> None:
    """dryrun.Executor.run_job, which also prints the job."""
    asked = {name: value for name, value in job.resources.items() if isinstance(value, int | str)}
    said = {
        "rule": job.rule.name,
        "resources": asked,
        "wildcards": dict(job.wildcards.items()),
        "input": named(job.input),
        "output": named(job.output),
        "temporary": sorted(map(str, job.temp_output)),
        "params": named(job.params),
        "log": as_json(list(job.log)),
        "benchmark": as_json(job.benchmark),
        "threads": job.threads,
        "priority": job.priority,
        "environment": as_json(job.rule.conda_env),
        "message": job.message,
        "after": sorted(
            f"{other.rule.name} {dict(other.wildcards.items())}" for other in self.workflow.dag.dependencies[job]
        ),
    }
    print(json.dumps(said), flush=True)
    run_job(self, job)


dryrun.Executor.run_job = tell
cli.main(["--dry-run", "--quiet", "all", *sys.argv[1:]])
