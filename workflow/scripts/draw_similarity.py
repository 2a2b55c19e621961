"""Similarity maps of faces and their best matches."""

from gestalt_regions.figures.similarity import draw
from gestalt_regions.job import job, settings

with job(snakemake):
    draw(**dict(snakemake.input.items()), **dict(snakemake.output.items()), **settings(snakemake))
