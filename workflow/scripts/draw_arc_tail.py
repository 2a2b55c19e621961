"""Figure 2 of GestaltMatcher-Arc: subjects of each disorder."""

from gestalt_regions.figures.arc_figures import draw_tail
from gestalt_regions.jobs.job import job

with job(snakemake):
    draw_tail(snakemake.input.splits, snakemake.input.samples, snakemake.output.figure)
