"""Region coefficients of the similarity maps."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.matching.similarity_maps import write_similarity_coefficients

with job(snakemake):
    write_similarity_coefficients(dict(snakemake.input.items()), snakemake.output.output, **settings(snakemake))
