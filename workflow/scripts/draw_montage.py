"""Figure 1: aligned faces of each class."""

from gestalt_regions.figures.montage import draw
from gestalt_regions.job import job

with job(snakemake):
    inputs = snakemake.input
    draw(inputs.crops, inputs.index, inputs.samples, snakemake.output.figure, columns=snakemake.params.columns)
