"""One saliency method over the images that one fold's model explains."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.saliency.engine import explain_fold

with job(snakemake):
    explain_fold(
        {"asset": "", **dict(snakemake.input.items())},
        dict(snakemake.output.items()),
        name=snakemake.wildcards.method,
        fold=snakemake.wildcards.fold,
        **settings(snakemake),
    )
