"""Draw an occluder on copies of photographs."""

from gestalt_regions.faces.occluded_photographs import occlude_photographs
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    occlude_photographs(
        **dict(snakemake.input.items()),
        photographs=snakemake.output.photographs,
        listed=snakemake.output.samples,
        threads=snakemake.threads,
        **settings(snakemake),
    )
