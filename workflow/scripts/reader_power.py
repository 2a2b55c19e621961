"""Power of a reader study, by simulation."""

from gestalt_regions.clinicians.reader_study.reader_power import write_power
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    write_power(snakemake.input.design, snakemake.output.output, **settings(snakemake))
