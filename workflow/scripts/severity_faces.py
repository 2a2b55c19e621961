"""Render one subject of each syndrome at rising severity."""

from gestalt_regions.cohort.simulated.severity_strip import severity_faces
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, outputs, params = snakemake.input, snakemake.output, snakemake.params
    severity_faces(
        inputs.head,
        inputs.plan,
        inputs.recipes,
        inputs.hpo_terms,
        outputs.faces,
        outputs.index,
        severities=params.severities,
        cohort=params.cohort,
        seed=params.seed,
    )
