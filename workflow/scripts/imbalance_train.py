"""Train the networks of one training set."""

from gestalt_regions.evaluation.imbalance.set_networks import TRAINING_FILES, train_networks
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    train_networks(
        {name: snakemake.input.get(name, "") for name in TRAINING_FILES},
        {name: list(paths) for name, paths in snakemake.output.items()},
        tables=snakemake.input.tables,
        trained_on=snakemake.wildcards.trained_on,
        run=int(snakemake.wildcards.run),
        **settings(snakemake),
    )
