"""Count and audit the splits."""

from gestalt_regions.folds.split_audit import write_split_audit
from gestalt_regions.jobs.job import job

with job(snakemake):
    write_split_audit(
        snakemake.input.samples,
        snakemake.input.get("folds"),
        snakemake.input.annotations,
        *snakemake.output,
        control=snakemake.params.control,
        n=snakemake.params.n,
    )
