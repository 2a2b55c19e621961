"""Render a shard of simulated people, many photographs of each."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.pretraining.identity_people import render_people

with job(snakemake):
    render_people(
        snakemake.input.head, snakemake.output.photographs, shard=int(snakemake.wildcards.shard), **settings(snakemake)
    )
