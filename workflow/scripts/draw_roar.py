"""ROAR curves of all methods."""

from gestalt_regions.figures.roar_figure import draw_roar
from gestalt_regions.jobs.job import job

with job(snakemake):
    draw_roar(snakemake.input.table, snakemake.output.figure)
