"""Render one subject of each syndrome at rising severity."""

from gestalt_regions.cohort.simulated.severity_strip import severity_faces
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    severity_faces(**dict(snakemake.input.items()), **dict(snakemake.output.items()), **settings(snakemake))
