"""timing.csv: where the time of a study went."""

from gestalt_regions.jobs.job import job
from gestalt_regions.jobs.timing import write_timing

with job(snakemake):
    write_timing(snakemake.params.benchmarks, snakemake.params.logs, snakemake.output.table)
