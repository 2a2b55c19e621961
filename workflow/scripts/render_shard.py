"""Render one shard of the simulated photos."""

from gestalt_regions.cohort.simulated.cohort_steps import render_shard
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    files = dict(snakemake.input.items()) | dict(snakemake.output.items())
    render_shard(**files, shard=int(snakemake.wildcards.shard), **settings(snakemake))
