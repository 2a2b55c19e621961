"""Objective measures of one method."""

from gestalt_regions.evaluation import fold_networks, scored_maps
from gestalt_regions.evaluation.groups.objective import write_objective
from gestalt_regions.jobs.job import job

with job(snakemake):
    inputs, params = snakemake.input, snakemake.params
    write_objective(
        scored_maps.from_job(snakemake),
        fold_networks.from_job(snakemake),
        {"drops": inputs.drops, "index": inputs.squares},
        dict(snakemake.output.items()),
        method=fold_networks.method_of(snakemake.wildcards.method, params.method),
        settings=params.settings,
        squares=params.squares,
        seed=params.seed,
    )
