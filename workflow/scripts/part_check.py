"""What each part of the face holds, and how far landmarks are from the truth."""

from gestalt_regions.checks.part_check import write_part_check
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    write_part_check(dict(snakemake.input.items()), dict(snakemake.output.items()), **settings(snakemake))
