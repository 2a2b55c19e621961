"""Draw accuracy against the number of faces."""

from gestalt_regions.figures.morph_curve import draw_morph_curve
from gestalt_regions.jobs.job import job

with job(snakemake):
    draw_morph_curve(snakemake.input.curve, snakemake.output.figure)
