"""Composite photographs of the classes."""

from gestalt_regions.figures.class_composites import draw_composites
from gestalt_regions.figures.selection import selection
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, figure = snakemake.input, snakemake.params.figure
    draw_composites(
        inputs.crops,
        inputs.index,
        inputs.landmarks,
        inputs.samples,
        snakemake.output.figure,
        pixels=figure["pixels"],
        shape=figure["shape"],
        selected=selection("composites", figure),
    )
