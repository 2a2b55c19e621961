"""Fixations of simulated readers."""

from gestalt_regions.clinicians.eye_tracking.eye_tracking_steps import simulate_gaze
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    simulate_gaze(dict(snakemake.input.items()), snakemake.output.table, **settings(snakemake))
