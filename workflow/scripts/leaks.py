"""The leak table."""

from gestalt_regions.job import job
from gestalt_regions.leaks import run

with job(snakemake):
    inputs, params = snakemake.input, snakemake.params
    run(
        inputs.samples,
        inputs.index,
        inputs.crops,
        inputs.folds,
        inputs.encoder,
        list(inputs.shards),
        snakemake.output.csv,
        snakemake.output.tex,
        C=params.C,
        shuffles=params.shuffles,
        images=params.images,
        bootstrap=params.bootstrap,
        seed=params.seed,
        threads=snakemake.threads,
    )
