"""Read the raters' files."""

from gestalt_regions.hpo.ratings import annotations
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    annotations(
        list(inputs.files), inputs.labels, inputs.hpo_terms, outputs.annotations, outputs.notes, inputs.ontology
    )
