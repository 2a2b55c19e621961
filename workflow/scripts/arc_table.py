"""One of Tables 1 to 6 of GestaltMatcher-Arc."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.matching.arc_tables import run

with job(snakemake):
    files = dict(snakemake.input.items())
    run(snakemake.wildcards.arc, files, snakemake.output.csv, snakemake.output.tex, **settings(snakemake))
