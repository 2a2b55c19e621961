"""Similarity maps of one encoder."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.matching.similarity_maps import write_similarity_maps

with job(snakemake):
    write_similarity_maps(
        {key: snakemake.input.get(key, "") for key in ("crops", "index", "nearest", "asset", "trained")},
        dict(snakemake.output.items()),
        **settings(snakemake),
    )
