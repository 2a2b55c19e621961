"""Reliance of readers on the network."""

from gestalt_regions.figures.reader_reliance import draw_reliance
from gestalt_regions.jobs.job import job

with job(snakemake):
    draw_reliance(snakemake.input.table, snakemake.output.figure)
