"""Region values on shuffled labels beside those on true ones."""

from gestalt_regions.evaluation.summary.shuffled_values import write_shuffled_values
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    write_shuffled_values(dict(snakemake.input.items()), snakemake.output.csv, **settings(snakemake))
