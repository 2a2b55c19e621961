"""The region sets on the mean face."""

from gestalt_regions.figures.region_set_outlines import draw_region_sets
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs = snakemake.input
    maps = dict(zip(snakemake.params.sets, inputs.regions, strict=True))
    draw_region_sets(inputs.crops, maps, inputs.sets, inputs.samples, snakemake.output.figure)
