"""Region coefficients of one method over all folds."""

from gestalt_regions.jobs.job import job
from gestalt_regions.regions.coefficients import write_coefficients

with job(snakemake):
    inputs, params = snakemake.input, snakemake.params
    write_coefficients(
        snakemake.output.table,
        maps=inputs.maps,
        indices=inputs.indices,
        folds=params.folds,
        faces=inputs.index,
        regions=inputs.regions,
        policies=params.policies,
        sets=inputs.sets,
        region_set=params.region_set,
    )
