"""Table 2: recognition of each class over the folds."""

from gestalt_regions.jobs.job import job
from gestalt_regions.statistics.table2 import write_table2

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    write_table2(
        inputs.predictions,
        inputs.samples,
        outputs.table,
        outputs.tex,
        outputs.folds,
        outputs.accuracy,
        zero_division=snakemake.params.zero_division,
        bootstrap=snakemake.params.bootstrap,
        seed=snakemake.params.seed,
    )
