"""Let three simulated raters mark HPO terms."""

from gestalt_regions.cohort.simulated.cohort_steps import rate_heldout
from gestalt_regions.jobs.job import job

with job(snakemake):
    rate_heldout(
        snakemake.input.head,
        snakemake.input.plan,
        snakemake.input.recipes,
        snakemake.input.hpo_terms,
        dict(zip(snakemake.params.labels, snakemake.output.files, strict=True)),
        snakemake.output.marks,
        cohort=snakemake.params.cohort,
        seed=snakemake.params.seed,
    )
