"""The region maps of one set."""

from gestalt_regions.faces.region_maps import write_region_maps
from gestalt_regions.jobs.job import job

with job(snakemake):
    files = dict(snakemake.input.items()) | dict(snakemake.output.items())
    write_region_maps(**files, region_set=snakemake.wildcards.regions)
