"""Figure of maps against where readers look."""

from gestalt_regions.figures.gaze_forest import draw_gaze_forest
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    draw_gaze_forest(snakemake.input.scores, snakemake.input.samples, snakemake.output.figure, **settings(snakemake))
