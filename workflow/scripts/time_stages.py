"""timing.csv: where the time of a study went."""

from gestalt_regions.jobs.job import job
from gestalt_regions.jobs.timing import run

with job(snakemake):
    run(snakemake.params.benchmarks, snakemake.params.logs, snakemake.output.table)
