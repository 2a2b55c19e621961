"""Fetch one asset of resources/assets.yaml."""

from gestalt_regions.assets import fetch
from gestalt_regions.job import job

with job(snakemake):
    params = snakemake.params
    fetch(snakemake.wildcards.asset, params.entry, snakemake.output.asset, params.local, params.retries)
