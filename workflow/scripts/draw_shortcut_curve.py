"""Detection curves of planted shortcuts."""

from gestalt_regions.figures.shortcut_curve import draw_shortcut_curve
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    draw_shortcut_curve(snakemake.input.csv, snakemake.output.figure, **settings(snakemake))
