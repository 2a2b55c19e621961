"""Read the raters' files."""

from gestalt_regions.hpo.ratings import write_annotations
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    write_annotations(
        list(inputs.files),
        labels=inputs.labels,
        hpo_terms=inputs.hpo_terms,
        annotations_out=outputs.annotations,
        notes_out=outputs.notes,
    )
