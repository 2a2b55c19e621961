"""Realised sensitivity, false alarms and agreement of the simulated raters."""

from gestalt_regions.checks.rater_agreement import write_rater_table
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    write_rater_table(
        marks_path=inputs.marks,
        labels_path=inputs.labels,
        csv_path=outputs.csv,
        tex_path=outputs.tex,
        **settings(snakemake),
    )
