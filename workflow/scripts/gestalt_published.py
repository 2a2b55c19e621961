"""Numbers of Gurovich et al. (2019), computed again from their counts."""

from gestalt_regions.jobs.job import job
from gestalt_regions.statistics.deepgestalt.published_numbers import write_published

with job(snakemake):
    write_published(snakemake.input.published, snakemake.output.csv, snakemake.output.tex)
