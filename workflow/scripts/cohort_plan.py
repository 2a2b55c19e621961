"""Plan the simulated subjects and photos."""

from gestalt_regions.cohort.simulated.cohort_steps import write_plan
from gestalt_regions.cohort.simulated.people.recipe_evidence import Evidence
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs = snakemake.input
    write_plan(
        head=inputs.head,
        recipes=inputs.recipes,
        hpo_terms=inputs.hpo_terms,
        **dict(snakemake.output.items()),
        **settings(snakemake),
        evidence=Evidence(inputs.ontology, inputs.frequencies),
    )
