"""Accuracy of readers before and after the aid."""

from gestalt_regions.figures.reader_accuracy import draw_accuracy
from gestalt_regions.jobs.job import job

with job(snakemake):
    draw_accuracy(snakemake.input.table, snakemake.output.figure)
