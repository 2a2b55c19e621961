"""Galleries and test sets."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.matching.gallery_splits import run

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    run(inputs.samples, inputs.faces, inputs.get("lists"), outputs.splits, outputs.excluded, **settings(snakemake))
