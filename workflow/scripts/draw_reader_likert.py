"""Likert answers of readers."""

from gestalt_regions.figures.reader_likert import draw_likert
from gestalt_regions.jobs.job import job

with job(snakemake):
    draw_likert(snakemake.input.table, snakemake.output.figure)
