"""Check a folder cohort's table and write samples.csv."""

from gestalt_regions.cohort.readers.folder import samples_folder
from gestalt_regions.jobs.job import job

with job(snakemake):
    samples_folder(
        snakemake.input.table,
        snakemake.params.images,
        snakemake.input.annotations or "",
        snakemake.input.hpo_terms,
        snakemake.output.samples,
        snakemake.output.annotations,
    )
