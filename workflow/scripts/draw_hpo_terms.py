"""Figure 4b: chi-squared of each HPO term."""

from gestalt_regions.figures.figure4_hpo import draw_hpo_terms
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    draw_hpo_terms(
        snakemake.input.annotations,
        snakemake.input.labels,
        snakemake.input.terms,
        *snakemake.output,
        **settings(snakemake),
    )
