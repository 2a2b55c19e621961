"""Deletion, insertion and ROAD curves of all methods."""

from gestalt_regions.figures.evaluation_curves import draw_removal
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, params = snakemake.input, snakemake.params
    draw_removal(
        dict(zip(params.methods, inputs.curves, strict=True)),
        inputs.samples,
        snakemake.output.figure,
        sign=params.sign,
        bootstrap=params.bootstrap,
        seed=params.seed,
    )
