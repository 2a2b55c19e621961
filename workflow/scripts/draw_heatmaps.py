"""Heat maps of the correlations (RQ2) and of the effects and tests (RQ1)."""

from gestalt_regions.figures.heatmaps import draw_correlation_heatmap, draw_significance_heatmap
from gestalt_regions.figures.selection import selection
from gestalt_regions.jobs.job import job

with job(snakemake):
    figure = snakemake.params.figure
    selected = selection("heatmaps", figure)
    draw_correlation_heatmap(snakemake.input.correlations, snakemake.output.correlation, selected=selected)
    draw_significance_heatmap(
        snakemake.input.tests, snakemake.output.significance, variant=figure["variant"], selected=selected
    )
