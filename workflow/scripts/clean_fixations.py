"""Fixations that count, and those that do not."""

from gestalt_regions.clinicians.eye_tracking.eye_tracking_steps import clean_files
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    clean_files(
        list(snakemake.input.files),
        dict(snakemake.input.items()),
        dict(snakemake.output.items()),
        **settings(snakemake),
    )
