"""Confusion matrix of a model."""

from gestalt_regions.jobs.job import job
from gestalt_regions.statistics.deepgestalt.confusion_counts import write_confusion

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    write_confusion(
        prediction_paths=inputs.predictions,
        samples_path=inputs.samples,
        csv_path=outputs.csv,
        tex_path=outputs.tex,
        model=snakemake.wildcards.model,
    )
