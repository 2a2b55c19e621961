"""The summary of all measures."""

from gestalt_regions.evaluation.scores import run
from gestalt_regions.job import job, settings

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    run(inputs.scores, inputs.samples, outputs.csv, outputs.tex, **settings(snakemake))
