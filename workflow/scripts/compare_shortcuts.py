"""Detection of planted shortcuts over several cohorts."""

from gestalt_regions.evaluation.shortcuts import run
from gestalt_regions.job import job, settings

with job(snakemake):
    run(snakemake.input.tables, snakemake.output.csv, **settings(snakemake))
