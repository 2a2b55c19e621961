"""Count and audit the splits."""

from gestalt_regions.job import job
from gestalt_regions.split_audit import run

with job(snakemake):
    run(
        snakemake.input.samples,
        snakemake.input.get("folds"),
        snakemake.input.annotations,
        *snakemake.output,
        control=snakemake.params.control,
        n=snakemake.params.n,
    )
