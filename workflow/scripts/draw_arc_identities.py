"""Figure 3 of GestaltMatcher-Arc: accuracy against the people that an encoder was trained on."""

from gestalt_regions.figures.arc_figures import draw_encoder_identities
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    files = dict(snakemake.input.items())
    draw_encoder_identities(files, snakemake.output.figure, snakemake.output.table, **settings(snakemake))
