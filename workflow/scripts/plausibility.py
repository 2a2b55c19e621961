"""The table of plausibility."""

from gestalt_regions.evaluation.perturb.plausibility import write_plausibility
from gestalt_regions.jobs.job import job, settings
from gestalt_regions.regions.sets import PAPER, region_ids

with job(snakemake):
    inputs = snakemake.input
    names = list(region_ids(inputs.sets, PAPER))
    write_plausibility(inputs.pictures, inputs.samples, snakemake.output.csv, names=names, **settings(snakemake))
