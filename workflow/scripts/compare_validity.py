"""RQ1 and RQ2 against the truth, over several cohorts."""

from gestalt_regions.evaluation.across_cohorts.validity import run
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs, outputs, params = snakemake.input, snakemake.output, settings(snakemake)
    run(params.pop("cohorts"), inputs.tests, inputs.correlations, inputs.scores, outputs.csv, outputs.points, **params)
