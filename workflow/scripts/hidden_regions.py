"""How much of each region of the face the occluders hide."""

from gestalt_regions.checks.hidden_regions import write_hidden_regions
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    folders, given = snakemake.input.photographs, settings(snakemake)
    folders = [folders] if isinstance(folders, str) else list(folders)
    write_hidden_regions(
        photographs=dict(zip(given.pop("test_sets"), folders, strict=True)),
        sets=snakemake.input.sets,
        **dict(snakemake.output.items()),
        **given,
    )
