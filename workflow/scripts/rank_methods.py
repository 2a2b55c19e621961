"""The ranking over all measures."""

from gestalt_regions.evaluation.summary.ranking import run
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    run(inputs.scores, inputs.tables, inputs.pairs, inputs.samples, outputs.csv, outputs.tex, **settings(snakemake))
