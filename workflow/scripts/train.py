"""Fine-tune one model on one fold."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.models.fold_training import train_on_fold

FILES = ("crops", "index", "folds", "asset", "weights", "samples", "boxes")

with job(snakemake):
    train_on_fold(
        {name: snakemake.input.get(name, "") for name in FILES},
        dict(snakemake.output.items()),
        fold=snakemake.wildcards.fold,
        **settings(snakemake),
    )
