"""Interactions of regions, and fills against rendering."""

from gestalt_regions.evaluation.perturb.drop_tables import write_tables
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs = snakemake.input
    write_tables(inputs.drops, inputs.samples, dict(snakemake.output.items()), **settings(snakemake))
