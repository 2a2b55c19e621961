"""List the photographs of each shard of the faces by their content."""

from gestalt_regions.faces.photograph_lists import photographs
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    lists = list(snakemake.output.lists)
    photographs(samples=snakemake.input.samples, lists=lists, **settings(snakemake))
