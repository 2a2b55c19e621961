"""Simulated readers answer a reader study."""

from gestalt_regions.clinicians.reader_study.simulated_readers import write_simulated
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    write_simulated(snakemake.input.design, snakemake.output.answers, **settings(snakemake))
