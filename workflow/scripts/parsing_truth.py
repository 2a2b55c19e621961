"""Detector and parser against the rendered truth."""

from gestalt_regions.checks.parsing_truth import write_parsing_table
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs = snakemake.input
    write_parsing_table(
        inputs.samples,
        inputs.index,
        inputs.excluded,
        inputs.labels,
        inputs.regions,
        list(inputs.shards),
        snakemake.output.csv,
        snakemake.output.tex,
        bootstrap=snakemake.params.bootstrap,
        seed=snakemake.params.seed,
    )
