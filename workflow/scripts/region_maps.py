"""The region maps of one set."""

from gestalt_regions.faces.region_maps import write_region_maps
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs = snakemake.input
    write_region_maps(inputs.labels, inputs.index, inputs.sets, snakemake.wildcards.regions, snakemake.output.regions)
