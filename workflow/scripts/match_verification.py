"""Face verification on LFW's pairs or on the cohort's own."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.matching.verification import run

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    run(inputs.samples, list(inputs.encodings), outputs.pairs, outputs.table, **settings(snakemake))
