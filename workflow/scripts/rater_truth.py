"""Realised sensitivity, false alarms and agreement of the simulated raters."""

from gestalt_regions.checks.rater_agreement import write_rater_table
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    write_rater_table(
        inputs.marks,
        inputs.labels,
        outputs.csv,
        outputs.tex,
        bootstrap=snakemake.params.bootstrap,
        seed=snakemake.params.seed,
    )
