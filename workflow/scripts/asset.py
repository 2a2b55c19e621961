"""Fetch one asset of resources/assets.yaml."""

from gestalt_regions.assets.fetching import fetch
from gestalt_regions.jobs.job import job

with job(snakemake):
    params = snakemake.params
    fetch(snakemake.wildcards.asset, params.entry, snakemake.output.asset, params.local, params.retries)
