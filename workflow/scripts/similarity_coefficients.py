"""Region coefficients of the similarity maps."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.matching.similarity_maps import coefficients

with job(snakemake):
    coefficients(**dict(snakemake.input.items()), **dict(snakemake.output.items()), **settings(snakemake))
