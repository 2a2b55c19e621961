"""Power of a reader study."""

from gestalt_regions.figures.power_curve import draw_power
from gestalt_regions.jobs.job import job

with job(snakemake):
    draw_power(snakemake.input.table, snakemake.output.figure)
