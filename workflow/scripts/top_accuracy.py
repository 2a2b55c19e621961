"""Top-k accuracy of every model."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.statistics.deepgestalt.top_accuracy import write_top_accuracy

with job(snakemake):
    inputs, outputs, given = snakemake.input, snakemake.output, settings(snakemake)
    answers, listed = (
        [files] if isinstance(files, str) else list(files)
        for files in (inputs.get("answers", []), inputs.get("listed", []))
    )
    write_top_accuracy(
        prediction_paths=inputs.predictions,
        samples_path=inputs.samples,
        excluded_path=inputs.excluded,
        csv_path=outputs.csv,
        tex_path=outputs.tex,
        answer_paths=answers,
        listed_paths=dict(zip(given.pop("test_sets"), listed, strict=True)),
        **given,
    )
