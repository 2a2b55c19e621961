"""What region values say of planted shortcuts."""

from gestalt_regions.evaluation.across_cohorts.shortcut_values import write_shortcut_values
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    tables, values = list(snakemake.input.tables), list(snakemake.input.values)
    write_shortcut_values(tables, values, snakemake.output.csv, **settings(snakemake))
