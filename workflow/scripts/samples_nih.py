"""Read the NIH faces' metadata and write samples.csv and the HPO annotations."""

from gestalt_regions.cohort_nih import samples_nih
from gestalt_regions.job import job

with job(snakemake):
    samples_nih(
        snakemake.input.partitions,
        snakemake.input.related,
        snakemake.input.annotations,
        snakemake.input.hpo_terms,
        *snakemake.output,
        images=snakemake.params.images,
        control=snakemake.params.control,
        ontology=snakemake.input.ontology,
    )
