"""Order pixels by how much they change in other folds' faces."""

from gestalt_regions.evaluation.roar.removal_levels import write_prior_levels
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    write_prior_levels(
        dict(snakemake.input.items()),
        dict(snakemake.output.items()),
        fold=snakemake.wildcards.fold,
        **settings(snakemake),
    )
