"""Choose the images that each fold's model explains."""

from gestalt_regions.job import job, settings
from gestalt_regions.saliency.selection import select_explained

with job(snakemake):
    select_explained(snakemake.input.index, snakemake.input.folds, snakemake.output[0], **settings(snakemake))
