"""Read the table of a further test set."""

from gestalt_regions.cohort.test_sets import read_test_set
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    files = dict(snakemake.input.items()) | dict(snakemake.output.items())
    read_test_set(**files, test_set=snakemake.wildcards.test_set, **settings(snakemake))
