"""Mean accuracies, accuracies of each disorder, and differences of systems."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.matching.accuracy import run

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    run(inputs.ranks, inputs.samples, outputs.accuracy, outputs.disorders, outputs.differences, **settings(snakemake))
