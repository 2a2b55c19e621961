"""Figure 4b: chi-squared of each HPO term."""

from gestalt_regions.figures.hpo import draw_terms
from gestalt_regions.job import job

with job(snakemake):
    draw_terms(
        snakemake.input.annotations,
        snakemake.input.labels,
        snakemake.input.terms,
        *snakemake.output,
        simulated=snakemake.params.simulated,
    )
