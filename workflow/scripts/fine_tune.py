"""Fine-tune one encoder on the gallery of the frequent disorders."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.matching.fine_tune import fine_tune

with job(snakemake):
    fine_tune(
        {key: snakemake.input.get(key, "") for key in ("crops", "index", "samples", "splits", "asset")},
        dict(snakemake.output.items()),
        **settings(snakemake),
    )
