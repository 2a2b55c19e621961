"""The leak table."""

from gestalt_regions.checks.leaks import write_leak_table
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs = snakemake.input
    write_leak_table(
        samples_path=inputs.samples,
        index_path=inputs.index,
        crops_path=inputs.crops,
        folds_path=inputs.folds,
        photographs_path=inputs.photographs,
        encoder=inputs.encoder,
        shards=list(inputs.shards),
        csv_path=snakemake.output.csv,
        tex_path=snakemake.output.tex,
        files_path=snakemake.output.files,
        **settings(snakemake),
        threads=snakemake.threads,
    )
