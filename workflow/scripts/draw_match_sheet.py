"""The gallery faces nearest to queries."""

from gestalt_regions.figures.match_sheet import draw_match_sheet
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs = snakemake.input
    paths = (inputs.nearest, inputs.splits, inputs.crops, inputs.index, inputs.samples)
    draw_match_sheet(*paths, snakemake.output.figure, **settings(snakemake))
