"""Does the mean of experts beat the expert of the full face?"""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.statistics.deepgestalt.aggregation import write_aggregation

with job(snakemake):
    inputs, given = snakemake.input, settings(snakemake)
    listed = [inputs.listed] if isinstance(inputs.listed, str) else list(inputs.listed)
    write_aggregation(
        prediction_paths=inputs.predictions,
        samples_path=inputs.samples,
        answer_paths=list(inputs.answers),
        listed_paths=dict(zip(given.pop("test_sets"), listed, strict=True)),
        csv_path=snakemake.output.csv,
        tex_path=snakemake.output.tex,
        **given,
    )
