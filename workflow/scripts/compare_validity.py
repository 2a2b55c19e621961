"""RQ1 and RQ2 against the truth, over several cohorts."""

from gestalt_regions.evaluation.across_cohorts.validity import write_validity
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    write_validity(dict(snakemake.input.items()), dict(snakemake.output.items()), **settings(snakemake))
