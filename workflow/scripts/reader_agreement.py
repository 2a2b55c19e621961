"""Agreement between readers."""

from gestalt_regions.clinicians.reader_study.reader_agreement import write_agreement
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs = snakemake.input
    write_agreement(inputs.answers, inputs.ratings, snakemake.output.output, **settings(snakemake))
