"""Fine-tune one model on one fold."""

from gestalt_regions.job import job, settings
from gestalt_regions.models.stage import train

with job(snakemake):
    train(
        {key: snakemake.input.get(key, "") for key in ("crops", "index", "folds", "asset")},
        dict(snakemake.output.items()),
        fold=snakemake.wildcards.fold,
        **settings(snakemake),
    )
