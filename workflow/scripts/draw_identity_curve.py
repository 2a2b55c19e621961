"""Draw accuracy against the number of people that were learnt first."""

from gestalt_regions.figures.identity_gain import draw_identity_gain
from gestalt_regions.jobs.job import job

with job(snakemake):
    draw_identity_gain(snakemake.input.curve, snakemake.output.figure)
