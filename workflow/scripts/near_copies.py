"""Find copies of one photograph under several names."""

from gestalt_regions.folds.near_copies import write_near_copies
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs = snakemake.input
    write_near_copies(crops=inputs.crops[0], index=inputs.index, copies=snakemake.output.copies)
