"""Accuracy of networks that were trained without the most salient pixels."""

from gestalt_regions.evaluation.roar.roar_curves import write_roar
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    write_roar(dict(snakemake.input.items()), snakemake.output.csv, **settings(snakemake))
