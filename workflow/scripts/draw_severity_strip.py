"""Severity strip: one subject of each syndrome at rising severity."""

from gestalt_regions.figures.twin_sheet import draw_severity_strip
from gestalt_regions.jobs.job import job

with job(snakemake):
    draw_severity_strip(snakemake.input.faces, snakemake.input.index, snakemake.output.figure)
