"""Explain faces by the networks of one training set, and see what these use."""

from gestalt_regions.evaluation.imbalance.set_networks import explain_networks, write_use
from gestalt_regions.jobs.job import job, settings

SEVERAL = ("checkpoints", "photographs")

with job(snakemake):
    inputs, params = snakemake.input, settings(snakemake)
    files = {name: path for name, path in inputs.items() if name not in SEVERAL}
    of_folds = {"checkpoints": list(inputs.checkpoints), "folds": params.pop("folds")}
    explain_networks(
        files,
        {"maps": list(snakemake.output.maps), "indices": list(snakemake.output.indices)},
        photographs=list(inputs.photographs),
        **of_folds,
        **params,
    )
    if snakemake.output.get("use"):
        write_use(files, snakemake.output.use, batch=params["batch"], device=params["device"], **of_folds)
