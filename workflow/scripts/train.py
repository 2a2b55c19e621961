"""Fine-tune one model on one fold."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.models.fold_training import train_on_fold

with job(snakemake):
    train_on_fold(
        {key: snakemake.input.get(key, "") for key in ("crops", "index", "folds", "asset", "weights", "samples")},
        dict(snakemake.output.items()),
        fold=snakemake.wildcards.fold,
        **settings(snakemake),
    )
