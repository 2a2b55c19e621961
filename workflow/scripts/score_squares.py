"""What the networks say to faces without some squares."""

from gestalt_regions.evaluation.fold_networks import networks_of_folds
from gestalt_regions.evaluation.groups.objective import write_squares
from gestalt_regions.jobs.job import job, settings

PASSED = ("folds", "batch", "device", "precision")

with job(snakemake):
    inputs, params = dict(snakemake.input.items()), settings(snakemake)
    networks = networks_of_folds(inputs, **{name: params.pop(name) for name in PASSED})
    write_squares(networks, inputs["evaluated"], dict(snakemake.output.items()), **params)
