"""Similarity of all methods' maps along the cascade of weights drawn again."""

from gestalt_regions.figures.evaluation_curves import draw_cascade
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, params = snakemake.input, snakemake.params
    draw_cascade(
        dict(zip(params.methods, inputs.curves, strict=True)),
        inputs.samples,
        snakemake.output.figure,
        controls=params.controls,
        bootstrap=params.bootstrap,
        seed=params.seed,
    )
