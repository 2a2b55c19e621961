"""The leak table."""

from gestalt_regions.checks.leaks import write_leak_table
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, params = snakemake.input, snakemake.params
    write_leak_table(
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
