"""Detection curves of planted shortcuts."""

from gestalt_regions.figures.shortcut_curve import draw
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    draw(snakemake.input.csv, snakemake.output.figure, **settings(snakemake))
