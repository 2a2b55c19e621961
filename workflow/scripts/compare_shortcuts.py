"""Detection of planted shortcuts over several cohorts."""

from gestalt_regions.evaluation.across_cohorts.shortcuts import run
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    run(snakemake.input.tables, snakemake.output.csv, **settings(snakemake))
