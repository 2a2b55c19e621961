"""Render the photographs of a further test set: other people, photographed otherwise."""

from gestalt_regions.cohort.test_sets import render_test_set
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    files = dict(snakemake.input.items()) | dict(snakemake.output.items())
    render_test_set(**files, test_set=snakemake.wildcards.test_set, **settings(snakemake))
