"""Encode every face of the cohort with one encoder."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.matching.encode_faces import encode

with job(snakemake):
    encode(
        {key: snakemake.input.get(key, "") for key in ("crops", "index", "card", "asset", "trained")},
        dict(snakemake.output.items()),
        threads=snakemake.threads,
        **settings(snakemake),
    )
