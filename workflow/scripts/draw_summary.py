"""The evaluation on one page."""

from gestalt_regions.figures.evaluation_summary import draw
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs = snakemake.input
    draw(inputs.scores, inputs.ranking, inputs.samples, snakemake.output.figure, **settings(snakemake))
