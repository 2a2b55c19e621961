"""Teach an expert of a part of the face to tell people apart."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.pretraining.identity_steps import pretrain_expert

with job(snakemake):
    pretrain_expert(
        list(snakemake.input.faces),
        snakemake.input.asset,
        dict(snakemake.output.items()),
        part=snakemake.wildcards.part,
        **settings(snakemake),
    )
