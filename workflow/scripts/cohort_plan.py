"""Plan the simulated subjects and photos."""

from gestalt_regions.cohort.simulated.cohort_steps import write_plan
from gestalt_regions.cohort.simulated.people.recipe_evidence import Evidence
from gestalt_regions.jobs.job import job

with job(snakemake):
    write_plan(
        snakemake.input.head,
        snakemake.input.recipes,
        snakemake.input.hpo_terms,
        snakemake.output.plan,
        snakemake.output.rejected,
        snakemake.output.not_shown,
        cohort=snakemake.params.cohort,
        seed=snakemake.params.seed,
        evidence=Evidence(snakemake.input.ontology, snakemake.input.frequencies),
    )
