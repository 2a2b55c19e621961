"""Read the NIH faces' metadata and write samples.csv."""

from gestalt_regions.cohort.readers.nih_faces import samples_nih
from gestalt_regions.jobs.job import job

with job(snakemake):
    samples_nih(
        snakemake.input.partitions,
        snakemake.input.related,
        snakemake.output.samples,
        images=snakemake.params.images,
        control=snakemake.params.control,
    )
