"""Let three simulated raters mark HPO terms."""

from gestalt_regions.cohort.simulated.cohort_steps import rate_heldout
from gestalt_regions.jobs.job import job

with job(snakemake):
    params, outputs = snakemake.params, snakemake.output
    rate_heldout(
        **dict(snakemake.input.items()),
        files=dict(zip(params.labels, outputs.files, strict=True)),
        marks=outputs.marks,
        cohort=params.cohort,
        seed=params.seed,
    )
