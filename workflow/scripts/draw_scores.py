"""Forest plot of one group of measures."""

from gestalt_regions.figures.score_forest import draw_score_forest
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    draw_score_forest(snakemake.input.scores, snakemake.input.samples, snakemake.output.figure, **settings(snakemake))
