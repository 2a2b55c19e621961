"""What the further test sets of a study hold."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.statistics.deepgestalt.test_set_counts import write_test_set_counts

with job(snakemake):
    inputs = snakemake.input
    listed, excluded = (
        [files] if isinstance(files, str) else list(files) for files in (inputs.listed, inputs.excluded)
    )
    names = list(snakemake.params.sections)
    write_test_set_counts(
        samples_path=inputs.samples,
        listed_paths=dict(zip(names, listed, strict=True)),
        excluded_paths=dict(zip(names, excluded, strict=True)),
        csv_path=snakemake.output.csv,
        **settings(snakemake),
    )
