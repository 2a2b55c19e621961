"""One photograph, explained by every fold's network."""

from gestalt_regions.cases.case import explain_case
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    explain_case(
        {"asset": "", **dict(snakemake.input.items())},
        dict(snakemake.output.items()),
        name=snakemake.wildcards.case,
        threads=snakemake.threads,
        **settings(snakemake),
    )
