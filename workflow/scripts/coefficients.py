"""Region coefficients of one method over all folds."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.regions.coefficients import write_coefficients

with job(snakemake):
    write_coefficients(**dict(snakemake.input.items()), **dict(snakemake.output.items()), **settings(snakemake))
