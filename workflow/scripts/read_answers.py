"""Readers' files as tables; what cannot be used is set aside."""

from gestalt_regions.clinicians.reader_study.read_answers import write_answers
from gestalt_regions.jobs.job import job

with job(snakemake):
    write_answers(snakemake.input.files, snakemake.input.design, dict(snakemake.output.items()))
