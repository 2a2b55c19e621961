"""Count and audit the splits."""

from gestalt_regions.folds.split_audit import run
from gestalt_regions.jobs.job import job

with job(snakemake):
    run(
        snakemake.input.samples,
        snakemake.input.get("folds"),
        snakemake.input.annotations,
        *snakemake.output,
        control=snakemake.params.control,
        n=snakemake.params.n,
    )
