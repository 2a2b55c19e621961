"""One table of several training runs."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.statistics.across_runs import write_across_runs

with job(snakemake):
    inputs = snakemake.input
    write_across_runs(
        inputs.tables, inputs.samples, snakemake.output.csv, table=snakemake.wildcards.table, **settings(snakemake)
    )
