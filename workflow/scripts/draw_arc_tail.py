"""Figure 2 of GestaltMatcher-Arc: subjects of each disorder."""

from gestalt_regions.figures.matching import draw_tail
from gestalt_regions.job import job

with job(snakemake):
    draw_tail(snakemake.input.splits, snakemake.input.samples, snakemake.output.figure)
