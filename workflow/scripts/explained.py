"""Choose the images that each fold's model explains."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.saliency.explained_images import select_explained

with job(snakemake):
    select_explained(snakemake.input.index, snakemake.input.folds, snakemake.output[0], **settings(snakemake))
