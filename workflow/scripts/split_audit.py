"""Count and audit the splits."""

from gestalt_regions.folds.split_audit import write_split_audit
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    write_split_audit(**dict(snakemake.input.items()), **dict(snakemake.output.items()), **settings(snakemake))
