"""ROC curve of a model's gestalt score, and the scores of each class."""

from gestalt_regions.figures.affected_roc import draw_affected
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs = snakemake.input
    draw_affected(
        inputs.scores,
        inputs.curve,
        inputs.table,
        snakemake.output.figure,
        model=snakemake.wildcards.model,
        **settings(snakemake),
    )
