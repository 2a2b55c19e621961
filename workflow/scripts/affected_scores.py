"""Affected at all? Gestalt scores and ROC of a model."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.statistics.deepgestalt.affected import write_affected

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    write_affected(
        prediction_paths=inputs.predictions,
        samples_path=inputs.samples,
        scores_path=outputs.scores,
        curve_path=outputs.curve,
        csv_path=outputs.csv,
        tex_path=outputs.tex,
        model=snakemake.wildcards.model,
        **settings(snakemake),
    )
