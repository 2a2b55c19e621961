"""The ranking over all measures."""

from gestalt_regions.evaluation.summary.ranking import write_ranking
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    write_ranking(dict(snakemake.input.items()), dict(snakemake.output.items()), **settings(snakemake))
