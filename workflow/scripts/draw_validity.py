"""Scatter of RQ1 and RQ2 against the truth."""

from gestalt_regions.figures.validity import draw
from gestalt_regions.job import job, settings

with job(snakemake):
    draw(snakemake.input.csv, snakemake.input.points, snakemake.output.figure, **settings(snakemake))
