"""Render one shard of the simulated photos."""

from gestalt_regions.cohort.simulated.cohort_steps import render_shard
from gestalt_regions.jobs.job import job

with job(snakemake):
    render_shard(
        snakemake.input.head,
        snakemake.input.plan,
        snakemake.input.recipes,
        snakemake.input.hpo_terms,
        snakemake.output.photos,
        shard=int(snakemake.wildcards.shard),
        cohort=snakemake.params.cohort,
        seed=snakemake.params.seed,
    )
