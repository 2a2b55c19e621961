"""Figure 1: aligned faces of each class."""

from gestalt_regions.figures.figure1_montage import draw_montage
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs = snakemake.input
    draw_montage(inputs.crops, inputs.index, inputs.samples, snakemake.output.figure, columns=snakemake.params.columns)
