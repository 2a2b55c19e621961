"""Turn the ontology and its disease annotations into small tables."""

from gestalt_regions.cohort.simulated.people.recipes import diseases
from gestalt_regions.hpo.ontology import write_ontology_tables
from gestalt_regions.jobs.job import job

with job(snakemake):
    write_ontology_tables(
        snakemake.input.obo,
        snakemake.input.annotations,
        diseases(snakemake.input.recipes),
        terms=snakemake.output.terms,
        frequencies=snakemake.output.frequencies,
    )
