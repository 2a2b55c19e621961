"""Detect, align and parse one shard of the cohort."""

from gestalt_regions.faces.face_shards import KINDS, faces_shard
from gestalt_regions.jobs.job import job

with job(snakemake):
    faces_shard(
        snakemake.input.samples,
        snakemake.input.detector,
        snakemake.input.parser,
        {kind: list(snakemake.output[kind]) for kind in KINDS},
        snakemake.output.index,
        snakemake.output.excluded,
        shard=int(snakemake.wildcards.shard),
        threads=snakemake.threads,
        **snakemake.params.faces,
    )
