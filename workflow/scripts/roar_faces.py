"""List the photographs that ROAR explains."""

from gestalt_regions.evaluation.roar.removal_levels import write_roar_faces
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    write_roar_faces(snakemake.input.index, snakemake.input.folds, snakemake.output.faces, **settings(snakemake))
