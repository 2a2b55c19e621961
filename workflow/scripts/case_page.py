"""index.html of a case."""

from pathlib import Path

from gestalt_regions.jobs.job import job
from gestalt_regions.report.case_page.write_case_page import write_case_page

with job(snakemake):
    write_case_page(Path(snakemake.input.case).parent, snakemake.output.page, snakemake.input.templates)
