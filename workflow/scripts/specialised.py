"""Models whose labels are a column of the cohort's table, such as genotypes."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.statistics.deepgestalt.specialised import write_specialised

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    write_specialised(
        prediction_paths=inputs.predictions,
        samples_path=inputs.samples,
        csv_path=outputs.csv,
        counts_path=outputs.counts,
        tex_path=outputs.tex,
        **settings(snakemake),
    )
