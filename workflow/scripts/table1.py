"""Table 1: HPO terms by region."""

from gestalt_regions.jobs.job import job
from gestalt_regions.statistics.table1 import write_table1

with job(snakemake):
    write_table1(snakemake.input.terms, *snakemake.output)
