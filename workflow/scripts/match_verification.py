"""Face verification on LFW's pairs or on the cohort's own."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.matching.verification import write_verification

with job(snakemake):
    inputs, outputs = snakemake.input, dict(snakemake.output.items())
    write_verification(inputs.samples, list(inputs.encodings), outputs, **settings(snakemake))
