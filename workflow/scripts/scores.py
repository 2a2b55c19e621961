"""The summary of all measures."""

from gestalt_regions.evaluation.summary.scores import write_scores
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs = snakemake.input
    write_scores(inputs.scores, inputs.samples, dict(snakemake.output.items()), **settings(snakemake))
