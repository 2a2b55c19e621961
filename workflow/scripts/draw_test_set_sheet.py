"""Photographs of the test sets."""

from gestalt_regions.figures.test_set_sheet import draw_test_set_sheet
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs, given = snakemake.input, settings(snakemake)
    listed, indexes = ([files] if isinstance(files, str) else list(files) for files in (inputs.listed, inputs.indexes))
    names = given.pop("test_sets")
    draw_test_set_sheet(
        samples_path=inputs.samples,
        listed_paths=dict(zip(names, listed, strict=True)),
        index_paths=dict(zip(names, indexes, strict=True)),
        output=snakemake.output.figure,
        **given,
    )
