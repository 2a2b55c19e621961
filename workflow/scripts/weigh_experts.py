"""The weight of every expert of an aggregate in its answers."""

from gestalt_regions.evaluation.expert_weights import write_expert_weights
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    write_expert_weights(dict(snakemake.input.items()), snakemake.output.weights, **settings(snakemake))
