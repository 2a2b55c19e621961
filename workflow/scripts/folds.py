"""Assign folds and audit them."""

from gestalt_regions.folds.assign import make_folds
from gestalt_regions.jobs.job import job

with job(snakemake):
    make_folds(
        snakemake.input.samples,
        snakemake.input.index,
        snakemake.input.crops[0],
        snakemake.output.folds,
        snakemake.output.audit,
        snakemake.output.counts,
        control=snakemake.params.control,
        **snakemake.params.folds,
    )
