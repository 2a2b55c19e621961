"""Scatter of RQ1 and RQ2 against the truth."""

from gestalt_regions.figures.validity_panels import draw_validity
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    draw_validity(snakemake.input.csv, snakemake.input.points, snakemake.output.figure, **settings(snakemake))
