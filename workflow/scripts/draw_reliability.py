"""Reliability diagram of a model."""

from gestalt_regions.figures.reliability_diagram import draw_reliability
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs = snakemake.input
    draw_reliability(inputs.bins, inputs.table, snakemake.output.figure, model=snakemake.wildcards.model)
