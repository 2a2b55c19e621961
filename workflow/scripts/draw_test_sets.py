"""Accuracy of every model on every test set."""

from gestalt_regions.figures.test_set_accuracy import draw_test_sets
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    draw_test_sets(snakemake.input.table, snakemake.output.figure, **settings(snakemake))
