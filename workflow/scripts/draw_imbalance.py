"""Curves over the ratio of classes, and over the number of classes."""

from gestalt_regions.figures.imbalance_figures import draw_curves
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    for varied, output in snakemake.output.items():
        draw_curves(dict(snakemake.input.items()), output, varied=varied, **settings(snakemake))
