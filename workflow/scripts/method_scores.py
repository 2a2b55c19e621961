"""All measures of one method."""

from gestalt_regions.evaluation.summary.scores import write_method_scores
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs = snakemake.input
    write_method_scores(inputs.tables, inputs.get("pairs", []), snakemake.output.scores, **settings(snakemake))
