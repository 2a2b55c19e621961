"""Detection of planted shortcuts over several cohorts."""

from gestalt_regions.evaluation.across_cohorts.shortcuts import write_detection
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    write_detection(snakemake.input.tables, snakemake.output.csv, **settings(snakemake))
