"""The evaluation on one page."""

from gestalt_regions.figures.evaluation_summary import draw_evaluation_summary
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs = snakemake.input
    draw_evaluation_summary(
        inputs.scores, inputs.ranking, inputs.samples, snakemake.output.figure, **settings(snakemake)
    )
