"""Fetch one asset of resources/assets.yaml."""

from gestalt_regions.assets.fetching import fetch
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    fetch(snakemake.wildcards.asset, output=snakemake.output.asset, **settings(snakemake))
