"""Join the experts of an aggregate, of one fold."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.models.aggregate import join_experts

with job(snakemake):
    join_experts({"asset": "", **dict(snakemake.input.items())}, dict(snakemake.output.items()), **settings(snakemake))
