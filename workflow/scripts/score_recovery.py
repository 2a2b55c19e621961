"""Region recovery of one method."""

from gestalt_regions.evaluation.groups.regions import write_recovery
from gestalt_regions.evaluation.scored_maps import open_region_sets, stored_maps
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs, params = dict(snakemake.input.items()), settings(snakemake)
    write_recovery(
        stored_maps(snakemake.wildcards.method, params.pop("folds"), inputs),
        inputs,
        dict(snakemake.output.items()),
        sets=open_region_sets(inputs),
        predictions=inputs["predictions"],
        **params,
    )
