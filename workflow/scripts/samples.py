"""List the simulated photos."""

from gestalt_regions.cohort.simulated.cohort_steps import write_samples
from gestalt_regions.jobs.job import job

with job(snakemake):
    write_samples(**dict(snakemake.input.items()), **dict(snakemake.output.items()))
