"""The landmarks of every face."""

from gestalt_regions.faces.landmarks import write_landmarks
from gestalt_regions.jobs.job import job

with job(snakemake):
    write_landmarks(**dict(snakemake.input.items()), **dict(snakemake.output.items()), threads=snakemake.threads)
