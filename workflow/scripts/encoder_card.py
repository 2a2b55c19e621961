"""What an encoder is, checked before any long work."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.matching.encoders import write_card

with job(snakemake):
    write_card(
        snakemake.output.card,
        asset=snakemake.input.get("asset", ""),
        threads=snakemake.threads,
        **settings(snakemake),
    )
