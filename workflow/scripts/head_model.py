"""Build the morphable head."""

from gestalt_regions.cohort.simulated.head.head_build import write_head_model
from gestalt_regions.jobs.job import job

with job(snakemake):
    write_head_model(**dict(snakemake.input.items()), **dict(snakemake.output.items()))
