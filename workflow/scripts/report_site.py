"""The report, a site in a folder."""

from pathlib import Path

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.report.site import write_site

with job(snakemake):
    output = snakemake.output.site
    write_site(
        Path(output).parent,
        output,
        snakemake.input.templates,
        snakemake.input.captions,
        **settings(snakemake),
        sets=snakemake.input.sets,
        fetched=[name for name in snakemake.params.manifest if Path("results/assets", name).exists()],
    )
