"""List the simulated photos."""

from gestalt_regions.cohort.synthetic import samples
from gestalt_regions.job import job

with job(snakemake):
    samples(snakemake.input.plan, snakemake.input.shards, snakemake.output.samples)
