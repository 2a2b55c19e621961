"""Read GMDB's lists and write samples.csv and lists.csv."""

from gestalt_regions.cohort.readers.gmdb import samples_gmdb
from gestalt_regions.jobs.job import job

with job(snakemake):
    params, outputs = snakemake.params, snakemake.output
    samples_gmdb(
        params.metadata,
        snakemake.input.hpo_terms,
        outputs.samples,
        outputs.annotations,
        outputs.lists,
        images=params.images,
        pattern=params.pattern,
        version=params.version,
    )
