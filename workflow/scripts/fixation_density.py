"""Fixation densities and times on regions."""

from gestalt_regions.clinicians.eye_tracking.eye_tracking_steps import density_and_dwell
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    density_and_dwell(dict(snakemake.input.items()), dict(snakemake.output.items()), **settings(snakemake))
