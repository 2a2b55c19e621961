"""Galleries and test sets."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.matching.gallery_splits import write_splits

with job(snakemake):
    write_splits(dict(snakemake.input.items()), dict(snakemake.output.items()), **settings(snakemake))
