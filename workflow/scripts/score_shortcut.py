"""Where one method puts the blame in a cohort with a planted shortcut."""

from gestalt_regions.evaluation.across_cohorts.shortcuts import write_blame
from gestalt_regions.evaluation.scored_maps import stored_maps
from gestalt_regions.jobs.job import job, settings

with job(snakemake):
    inputs, params = dict(snakemake.input.items()), settings(snakemake)
    write_blame(
        stored_maps(snakemake.wildcards.method, params.pop("folds"), inputs),
        inputs,
        snakemake.output.table,
        predictions=inputs["predictions"],
        **params,
    )
