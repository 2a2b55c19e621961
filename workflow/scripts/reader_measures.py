"""Accuracy, confidence and reliance of readers."""

from gestalt_regions.clinicians.reader_study.reader_measures import write_measures
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    write_measures(snakemake.input.answers, snakemake.output.output, **settings(snakemake))
