"""How much of each region of the face the occluders hide."""

from gestalt_regions.checks.hidden_regions import write_hidden_regions
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs, given = snakemake.input, settings(snakemake)
    folders, listed = (
        [files] if isinstance(files, str) else list(files) for files in (inputs.photographs, inputs.listed)
    )
    names = given.pop("test_sets")
    write_hidden_regions(
        photographs=dict(zip(names, folders, strict=True)),
        listed=dict(zip(names, listed, strict=True)),
        sets=snakemake.input.sets,
        **dict(snakemake.output.items()),
        **given,
    )
