"""Similarity maps of faces and their best matches."""

from gestalt_regions.figures.similarity_sheet import draw
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    draw(**dict(snakemake.input.items()), **dict(snakemake.output.items()), **settings(snakemake))
