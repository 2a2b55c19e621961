"""Mean accuracies, accuracies of each disorder, and differences of systems."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.matching.accuracy import write_accuracy

with job(snakemake):
    write_accuracy(dict(snakemake.input.items()), dict(snakemake.output.items()), **settings(snakemake))
