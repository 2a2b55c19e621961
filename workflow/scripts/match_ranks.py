"""The rank of every test image's disorder, and its nearest gallery images."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.matching.ranks import run

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    run(inputs.splits, list(inputs.encodings), outputs.ranks, outputs.nearest, **settings(snakemake))
