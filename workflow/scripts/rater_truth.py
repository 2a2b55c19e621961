"""Realised sensitivity, false alarms and agreement of the simulated raters."""

from gestalt_regions.job import job
from gestalt_regions.statistics.raters import run

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    run(
        inputs.marks,
        inputs.labels,
        outputs.csv,
        outputs.tex,
        bootstrap=snakemake.params.bootstrap,
        seed=snakemake.params.seed,
    )
