"""Maps of one method before and after the network's weights are drawn again, or trained on shuffled labels."""

from gestalt_regions.evaluation.fold_networks import networks_of_folds
from gestalt_regions.evaluation.groups.sanity import write_sanity
from gestalt_regions.evaluation.map_method import method_of
from gestalt_regions.evaluation.scored_maps import open_region_sets, stored_maps
from gestalt_regions.jobs.job import job, settings

PASSED = ("batch", "device", "precision", "control")

with job(snakemake):
    name, inputs, params = snakemake.wildcards.method, dict(snakemake.input.items()), settings(snakemake)
    folds = params.pop("folds")
    write_sanity(
        stored_maps(name, folds, inputs),
        networks_of_folds(inputs, folds=folds, **{key: params.pop(key) for key in PASSED}),
        inputs["scored"],
        dict(snakemake.output.items()),
        method=method_of(name, params.pop("method")),
        shuffled=inputs["shuffled"],
        sets=open_region_sets(inputs),
        **params,
    )
