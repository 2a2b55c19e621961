"""Maps of one method by the models of all folds."""

from gestalt_regions.evaluation.groups.agreement import write_agreement
from gestalt_regions.evaluation.scored_maps import open_region_sets, stored_maps
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs, params = dict(snakemake.input.items()), settings(snakemake)
    write_agreement(
        stored_maps(snakemake.wildcards.method, params.pop("folds"), inputs),
        snakemake.output.table,
        sets=open_region_sets(inputs),
        **params,
    )
