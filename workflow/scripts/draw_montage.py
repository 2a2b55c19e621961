"""Figure 1: aligned faces of each class."""

from gestalt_regions.figures.figure1_montage import draw_montage
from gestalt_regions.figures.selection import selection
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, figure = snakemake.input, snakemake.params.figure
    draw_montage(
        inputs.crops,
        inputs.index,
        inputs.samples,
        snakemake.output.figure,
        columns=figure["columns"],
        selected=selection("figure1", figure),
    )
