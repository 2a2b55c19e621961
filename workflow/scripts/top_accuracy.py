"""Top-k accuracy of every model."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.statistics.deepgestalt.top_accuracy import write_top_accuracy

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    write_top_accuracy(
        prediction_paths=inputs.predictions,
        samples_path=inputs.samples,
        csv_path=outputs.csv,
        tex_path=outputs.tex,
        **settings(snakemake),
    )
