"""Critical-difference diagrams."""

from gestalt_regions.figures.critical_difference import draw
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    draw(snakemake.input.ranking, snakemake.input.samples, snakemake.output.figure, **settings(snakemake))
