"""The gallery faces nearest to queries."""

from gestalt_regions.figures.match_sheet import draw
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs = snakemake.input
    paths = (inputs.nearest, inputs.splits, inputs.crops, inputs.index, inputs.samples)
    draw(*paths, snakemake.output.figure, **settings(snakemake))
