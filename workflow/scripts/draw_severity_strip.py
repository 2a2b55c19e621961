"""Severity strip: one subject of each syndrome at rising severity."""

from gestalt_regions.figures.twins import draw_strip
from gestalt_regions.job import job

with job(snakemake):
    draw_strip(snakemake.input.faces, snakemake.input.index, snakemake.output.figure)
