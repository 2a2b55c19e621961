"""One class told from others, and tests against stated accuracies."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.statistics.deepgestalt.binary_problems import write_binary

with job(snakemake):
    inputs, outputs = snakemake.input, snakemake.output
    write_binary(
        prediction_paths=inputs.predictions,
        trained_paths=inputs.get("trained", []),
        samples_path=inputs.samples,
        csv_path=outputs.csv,
        tests_path=outputs.tests,
        tex_path=outputs.tex,
        **settings(snakemake),
    )
