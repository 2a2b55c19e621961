"""Assign folds and audit them."""

from gestalt_regions.folds.assign import make_folds
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, outputs, params = snakemake.input, snakemake.output, snakemake.params
    make_folds(
        samples=inputs.samples,
        index=inputs.index,
        crops=inputs.crops[0],
        copies=inputs.get("copies"),
        folds_out=outputs.folds,
        audit_out=outputs.audit,
        counts_out=outputs.counts,
        control=params.control,
        **params.folds,
    )
