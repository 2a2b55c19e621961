"""Similarity maps of faces and their best matches."""

from gestalt_regions.figures.similarity_sheet import draw_similarity_sheet
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    draw_similarity_sheet(**dict(snakemake.input.items()), **dict(snakemake.output.items()), **settings(snakemake))
