"""One of Tables 1 to 6 of GestaltMatcher-Arc."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.matching.arc_tables import write_arc_table

with job(snakemake):
    inputs, outputs = dict(snakemake.input.items()), dict(snakemake.output.items())
    write_arc_table(snakemake.wildcards.arc, inputs, outputs, **settings(snakemake))
