"""All measures of one method."""

from gestalt_regions.evaluation.scores import method_scores
from gestalt_regions.job import job, settings

with job(snakemake):
    inputs = snakemake.input
    method_scores(inputs.tables, inputs.get("pairs", []), snakemake.output.scores, **settings(snakemake))
