"""Explain all photographs of the folds by one method, and order their pixels."""

from gestalt_regions.evaluation.roar.removal_levels import write_levels
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    write_levels(
        {"asset": "", **dict(snakemake.input.items())},
        dict(snakemake.output.items()),
        name=snakemake.wildcards.method,
        fold=snakemake.wildcards.fold,
        **settings(snakemake),
    )
