"""Read a shard of identity data: aligned grey faces."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.pretraining.identity_steps import make_faces

with job(snakemake):
    make_faces(
        {key: snakemake.input.get(key, "") for key in ("detector", "photographs")},
        snakemake.output.faces,
        shard=int(snakemake.wildcards.shard),
        threads=snakemake.threads,
        **settings(snakemake),
    )
