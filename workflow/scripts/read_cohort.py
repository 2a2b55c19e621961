"""Read a cohort of photographs and write samples.csv."""

from gestalt_regions.cohort.read_cohort import read_cohort
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    files = dict(snakemake.input.items())
    hpo_terms = files.pop("hpo_terms")
    read_cohort(files=files, hpo_terms=hpo_terms, outputs=dict(snakemake.output.items()), **settings(snakemake))
