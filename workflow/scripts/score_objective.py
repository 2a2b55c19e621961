"""Objective measures of one method."""

from gestalt_regions.evaluation.fold_networks import networks_of_folds
from gestalt_regions.evaluation.groups.objective import write_objective
from gestalt_regions.evaluation.map_method import method_of
from gestalt_regions.evaluation.scored_maps import stored_maps
from gestalt_regions.jobs.job import job, settings

PASSED = ("batch", "device", "precision", "control")

with job(snakemake):
    name, inputs, params = snakemake.wildcards.method, dict(snakemake.input.items()), settings(snakemake)
    folds = params.pop("folds")
    write_objective(
        stored_maps(name, folds, inputs),
        networks_of_folds(inputs, folds=folds, **{key: params.pop(key) for key in PASSED}),
        {"drops": inputs["drops"], "index": inputs["squares"]},
        dict(snakemake.output.items()),
        method=method_of(name, params.pop("method")),
        **params,
    )
