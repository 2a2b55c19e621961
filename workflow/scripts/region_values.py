"""How near the region values of every explanation are to what rendering shows."""

from gestalt_regions.evaluation.summary.region_values import write_region_values
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs = {"values": []} | dict(snakemake.input.items())
    write_region_values(**inputs, output=snakemake.output.csv, **settings(snakemake))
