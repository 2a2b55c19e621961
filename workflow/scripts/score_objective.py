"""Objective measures of one method."""

from gestalt_regions.evaluation import frame, networks
from gestalt_regions.evaluation.objective import write_objective
from gestalt_regions.job import job

with job(snakemake):
    inputs, params = snakemake.input, snakemake.params
    write_objective(
        frame.from_job(snakemake),
        networks.from_job(snakemake),
        {"drops": inputs.drops, "index": inputs.squares},
        dict(snakemake.output.items()),
        method=networks.method_of(snakemake.wildcards.method, params.method),
        settings=params.settings,
        squares=params.squares,
        seed=params.seed,
    )
