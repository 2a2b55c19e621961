"""Critical-difference diagrams."""

from gestalt_regions.figures.critical_difference import draw_critical_difference
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    draw_critical_difference(
        snakemake.input.ranking, snakemake.input.samples, snakemake.output.figure, **settings(snakemake)
    )
