"""Heat maps of the correlations (RQ2) and of the effects and tests (RQ1)."""

from gestalt_regions.figures.heatmaps import draw_correlation, draw_significance
from gestalt_regions.jobs.job import job

with job(snakemake):
    draw_correlation(snakemake.input.correlations, snakemake.output.correlation)
    draw_significance(snakemake.input.tests, snakemake.output.significance, variant="corrected")
