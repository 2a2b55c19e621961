"""Composites of all classes on one mean face."""

from gestalt_regions.jobs.job import job
from gestalt_regions.statistics.syndrome_maps.write_syndrome_maps import write_mean_faces

with job(snakemake):
    write_mean_faces(**dict(snakemake.input.items()), **dict(snakemake.output.items()))
