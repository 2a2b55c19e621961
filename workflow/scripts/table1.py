"""Table 1: HPO terms by region."""

from gestalt_regions.jobs.job import job
from gestalt_regions.statistics.table1 import run

with job(snakemake):
    run(snakemake.input.terms, *snakemake.output)
