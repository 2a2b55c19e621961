"""Faces with warnings, and excluded photographs with their reasons."""

from gestalt_regions.figures.warned_faces import draw_warned_faces
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs = snakemake.input
    draw_warned_faces(inputs.crops, inputs.index, inputs.excluded, inputs.samples, snakemake.output.figure)
