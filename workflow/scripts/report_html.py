"""report.html, the study on one self-contained page."""

from pathlib import Path

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.report.page import write_page

with job(snakemake):
    output = snakemake.output.page
    write_page(
        Path(output).parent,
        output,
        snakemake.input.template,
        snakemake.input.captions,
        **settings(snakemake),
        fetched=[name for name in snakemake.params.manifest if Path("results/assets", name).exists()],
    )
