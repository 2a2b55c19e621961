"""Detector and parser against the rendered truth."""

from gestalt_regions.checks.parsing_truth import write_parsing_table
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs = snakemake.input
    write_parsing_table(
        samples_path=inputs.samples,
        index_path=inputs.index,
        excluded_path=inputs.excluded,
        labels_path=inputs.labels,
        regions_path=inputs.regions,
        shards=list(inputs.shards),
        csv_path=snakemake.output.csv,
        tex_path=snakemake.output.tex,
        **settings(snakemake),
    )
