"""Figure 2 of GestaltMatcher-Arc: subjects of each disorder."""

from gestalt_regions.figures.arc_figures import draw_disorder_tail
from gestalt_regions.jobs.job import job

with job(snakemake):
    draw_disorder_tail(snakemake.input.splits, snakemake.input.samples, snakemake.output.figure)
