"""The weights of an aggregate's experts by class, and beside region coefficients."""

from gestalt_regions.evaluation.expert_agreement import write_expert_agreement
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs, outputs = snakemake.input, dict(snakemake.output.items())
    write_expert_agreement(inputs.weights, inputs.coefficients, inputs.samples, outputs, **settings(snakemake))
