"""Whether the maps of a class are its own, by method."""

from gestalt_regions.figures.syndrome_halves import draw_syndrome_halves
from gestalt_regions.jobs.job import job

with job(snakemake):
    draw_syndrome_halves(snakemake.input.table, snakemake.output.figure, variant="folds", alpha=snakemake.params.alpha)
