"""The rank of every test image's disorder, and its nearest gallery images."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.matching.ranks import write_ranks

with job(snakemake):
    inputs = snakemake.input
    write_ranks(inputs.splits, list(inputs.encodings), dict(snakemake.output.items()), **settings(snakemake))
