"""Table 2: recognition of each class over the folds."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.statistics.table2 import write_table2

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    write_table2(
        prediction_paths=inputs.predictions,
        samples_path=inputs.samples,
        table_path=outputs.table,
        tex_path=outputs.tex,
        folds_path=outputs.folds,
        accuracy_path=outputs.accuracy,
        **settings(snakemake),
    )
