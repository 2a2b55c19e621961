"""Methods whose maps are those of another."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.statistics.same_maps import write_same_maps

with job(snakemake):
    write_same_maps(snakemake.input.coefficients, snakemake.output.table, **settings(snakemake))
