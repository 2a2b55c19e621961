"""Reliability of a model before and after calibration."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.statistics.deepgestalt.reliability_bins import write_reliability

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    write_reliability(
        prediction_paths=inputs.predictions,
        samples_path=inputs.samples,
        bins_path=outputs.bins,
        csv_path=outputs.csv,
        tex_path=outputs.tex,
        model=snakemake.wildcards.model,
        **settings(snakemake),
    )
