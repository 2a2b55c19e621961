"""Let three simulated raters mark HPO terms."""

from gestalt_regions.cohort.synthetic import annotate
from gestalt_regions.job import job

with job(snakemake):
    annotate(
        snakemake.input.head,
        snakemake.input.plan,
        snakemake.input.recipes,
        snakemake.input.hpo_terms,
        snakemake.output.annotations,
        cohort=snakemake.params.cohort,
        seed=snakemake.params.seed,
    )
