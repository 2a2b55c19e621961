"""The confusion matrix of a model, drawn."""

from gestalt_regions.figures.confusion_matrix import draw_confusion
from gestalt_regions.jobs.job import job

with job(snakemake):
    draw_confusion(snakemake.input.table, snakemake.output.figure, model=snakemake.wildcards.model)
