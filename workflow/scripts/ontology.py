"""Turn the ontology and its disease annotations into small tables."""

from gestalt_regions.cohort.recipes import diseases
from gestalt_regions.job import job
from gestalt_regions.ontology import write_tables

with job(snakemake):
    write_tables(
        snakemake.input.obo,
        snakemake.input.annotations,
        diseases(snakemake.input.recipes),
        snakemake.output.terms,
        snakemake.output.frequencies,
    )
