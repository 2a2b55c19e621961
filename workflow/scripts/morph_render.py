"""Render one shard of the faces for pretraining."""

from gestalt_regions.jobs.job import job
from gestalt_regions.pretraining.simulated_faces import render_shard

with job(snakemake):
    render_shard(
        snakemake.input.head,
        snakemake.output.faces,
        shard=int(snakemake.wildcards.shard),
        morph=snakemake.params.morph,
        photos=snakemake.params.photos,
        seed=snakemake.params.seed,
    )
