"""Models of readers' right answers."""

from gestalt_regions.clinicians.reader_study.crossed_model import write_model
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs = snakemake.input
    write_model(inputs.answers, inputs.measures, snakemake.output.output, **settings(snakemake))
