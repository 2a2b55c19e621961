"""Pretrain one network on the morphology of simulated faces."""

from gestalt_regions.jobs.job import job
from gestalt_regions.pretraining.pretrain_steps import train_stage

with job(snakemake):
    train_stage(
        list(snakemake.input.shards),
        dict(snakemake.output.items()),
        count=int(snakemake.wildcards.faces),
        heldout=snakemake.params.heldout,
        training=snakemake.params.training,
        seed=snakemake.params.seed,
    )
